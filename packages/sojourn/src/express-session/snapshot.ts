import { sameKeys } from './same-json.js'

/** What a session was, without its cookie, which every request changes. */
export interface Snapshot {
  /** As it was loaded: nobody has this object but us. Undefined for sessions of other stores. */
  readonly data: object | undefined
  text: string | undefined
}

/** A session as text, without its cookie. */
export function textOf(session: object): string {
  return JSON.stringify(session, function (this: unknown, key: string, value: unknown) {
    return this === session && key === 'cookie' ? undefined : value
  })
}

/** What a session is at this moment. */
export function snapshotOf(session: object): Snapshot {
  return { data: undefined, text: textOf(session) }
}

/** Whether a session would be told as it was then. */
export function isStill(session: object, snapshot: Snapshot): boolean {
  const { data } = snapshot
  if (data === undefined) return snapshot.text === textOf(session)
  const verdict = 'toJSON' in session ? undefined : sameKeys(session, data, undefined, 'cookie')
  if (verdict !== undefined) return verdict
  snapshot.text ??= textOf(data)
  return snapshot.text === textOf(session)
}
