/** Deeper than data is: below, it is told and the texts are compared. */
const DEPTH = 64

/** Whether two values are told alike; undefined where that cannot be seen without telling them. */
type Verdict = boolean | undefined

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const tellsItself = (value: object): boolean => 'toJSON' in value && typeof value.toJSON === 'function'

/** Of a value that JSON tells as itself. */
const isTold = (value: unknown): boolean => typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)

/**
 * Whether a value is told as JSON exactly like `data`, which JSON.parse made. Undefined for what would have to be told first: dates,
 * classes, what has `toJSON`, other keys or keys in another order.
 */
function sameJson(value: unknown, data: unknown, depth: number): Verdict {
  if (typeof data !== 'object' || data === null) return value === data || (isTold(value) ? false : undefined)
  if (typeof value !== 'object' || value === null) return isTold(value) ? false : undefined
  if (depth === 0 || tellsItself(value)) return undefined
  if (Array.isArray(data)) return Array.isArray(value) ? sameList(value, data, depth) : undefined
  return !Array.isArray(value) && isPlain(value) ? sameKeys(value, data, depth) : undefined
}

function sameList(value: readonly unknown[], data: readonly unknown[], depth: number): Verdict {
  if (value.length !== data.length) return false
  for (let at = 0; at < data.length; at++) {
    const verdict = sameJson(value[at], data[at], depth - 1)
    if (verdict !== true) return verdict
  }
  return true
}

/** The same of the keys of two objects, whatever the first one is made by. `except` is a key of which nothing is asked. */
export function sameKeys(value: object, data: object, depth: number = DEPTH, except?: string): Verdict {
  const [mine, theirs] = [value, data] as readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]
  const keys = Object.keys(theirs)
  let at = 0
  for (const key of Object.keys(mine)) {
    if (key === except) continue
    if (keys[at] === except) at++
    if (keys[at] !== key) return undefined
    const verdict = sameJson(mine[key], theirs[key], depth - 1)
    if (verdict !== true) return verdict
    at++
  }
  return at === keys.length || (at === keys.length - 1 && keys[at] === except) ? true : undefined
}
