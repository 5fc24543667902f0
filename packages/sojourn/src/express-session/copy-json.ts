/** Deeper than data is: what goes on below is left to JSON, which has limits of its own. */
const DEPTH = 64

/** A copy of what JSON.parse made. `structuredClone` costs ten times as much. */
export function copyJson<Value>(value: Value, depth: number = DEPTH): Value {
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return JSON.parse(JSON.stringify(value))
  if (Array.isArray(value)) return value.map((each) => copyJson(each, depth - 1)) as Value
  // Defines each key, so that one called `__proto__` is a key like others; those below are only set again.
  const copy: Record<string, unknown> = { ...(value as object) }
  for (const key of Object.keys(copy)) {
    const part = copy[key]
    if (typeof part === 'object' && part !== null) copy[key] = copyJson(part, depth - 1)
  }
  return copy as Value
}
