import { copyJson } from './copy-json.js'

/** A session as its top-level keys, each as JSON. */
export type Parts = Readonly<Record<string, string>>

/** What parts say, by the parts: made once, handed to nobody, and never changed. */
const plain = new WeakMap<Parts, Readonly<Record<string, unknown>>>()

/** The keys of a session. What JSON leaves out, such as functions, is no part of it. */
export function partsOf(session: object): Parts {
  return partsIn(JSON.parse(JSON.stringify(session)))
}

/** The same of what JSON.parse made, which nobody may change afterwards. */
export function partsIn(data: object): Parts {
  const parts = bare(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]))
  plain.set(parts, data as Record<string, unknown>)
  return parts
}

/** What parts say, for those who only look at it. */
export function plainOf(parts: Parts): Readonly<Record<string, unknown>> {
  const known = plain.get(parts)
  if (known !== undefined) return known
  const made = Object.fromEntries(Object.entries(parts).map(([key, text]) => [key, JSON.parse(text) as unknown]))
  plain.set(parts, made)
  return made
}

/** A session of its parts, as a store hands it out: nobody else has this object, or a part of it. */
export function sessionOf(parts: Parts): Record<string, unknown> {
  return copyJson(plainOf(parts)) as Record<string, unknown>
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

/** Whether two states of a session differ in nothing but when the cookie ends, if in that. */
export function isSameButEnd(a: Parts, b: Parts): boolean {
  if (a === b) return true
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => a[key] === b[key] || (key === 'cookie' && isSameCookie(plainOf(a)['cookie'], plainOf(b)['cookie'])))
}

/** Whether two cookies, as JSON or as objects that tell themselves as JSON, differ in nothing but their end. */
export function isSameCookie(mine: unknown, theirs: unknown): boolean {
  if (typeof mine !== 'object' || mine === null || typeof theirs !== 'object' || theirs === null) return mine === theirs
  const [a, b] = [mine, theirs] as readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]
  for (const key of Object.keys(a)) if (key !== 'expires' && a[key] !== b[key]) return false
  // What is left out of JSON is undefined here, and not there at all there.
  for (const key of Object.keys(b)) if (key !== 'expires' && !(key in a) && b[key] !== undefined) return false
  return true
}
