/** A session as its top-level keys, each as JSON. */
export type Parts = Readonly<Record<string, string>>

/** The keys of a session. What JSON leaves out, such as functions, is no part of it. */
export function partsOf(session: object): Parts {
  const data: Record<string, unknown> = JSON.parse(JSON.stringify(session))
  return bare(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]))
}

/** A session of its parts, as a store hands it out. */
export function sessionOf(parts: Parts): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).map(([key, text]) => [key, JSON.parse(text)]))
}

// A key may be called like something that every object has.
const bare = (entries: ReadonlyArray<readonly [string, string]>): Parts =>
  Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(entries))

interface CookiePart {
  readonly expires?: string | null
  readonly [key: string]: unknown
}

const withoutExpiry = ({ expires: _expires, ...rest }: CookiePart): string => JSON.stringify(rest)

const later = (a: string | null | undefined, b: string | null | undefined): string | null | undefined =>
  !a || !b ? a : Date.parse(a) >= Date.parse(b) ? a : b

/**
 * Every request moves the end of its cookie, so that alone is no change of it: the later end is kept. Other attributes are
 * those of whoever changed them.
 */
function mergeCookie(before: string | undefined, mine: string | undefined, theirs: string | undefined): string | undefined {
  if (before === undefined || mine === undefined || theirs === undefined) return mine ?? theirs
  const [was, ours, stored] = [before, mine, theirs].map((text) => (JSON.parse(text) ?? {}) as CookiePart)
  if (was === undefined || ours === undefined || stored === undefined || withoutExpiry(ours) !== withoutExpiry(was)) return mine
  if (withoutExpiry(stored) !== withoutExpiry(was)) return theirs
  return JSON.stringify({ ...ours, expires: later(ours.expires, stored.expires) })
}

/**
 * What is to be stored by a request that loaded `before` and has `mine` now, over `theirs` in the store: each key as the
 * request has it if the request changed it, else as it is stored.
 */
export function merge(before: Parts, mine: Parts, theirs: Parts): Parts {
  const merged = new Map(Object.entries(theirs))
  for (const key of new Set([...Object.keys(before), ...Object.keys(mine)])) {
    if (mine[key] === before[key]) continue
    if (mine[key] === undefined) merged.delete(key)
    else merged.set(key, mine[key])
  }
  const cookie = mergeCookie(before['cookie'], mine['cookie'], theirs['cookie'])
  if (cookie !== undefined) merged.set('cookie', cookie)
  return bare([...merged])
}
