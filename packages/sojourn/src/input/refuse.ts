import { SessionError } from '../errors.js'

/** Throws `INVALID_ARGUMENT` with the path of the argument. What was found is described and never repeated: it may be a secret. */
export function refuse(path: string, found: unknown, allowed: string): never {
  throw new SessionError('INVALID_ARGUMENT', `${path}: found ${describe(found)}; ${allowed}`, { path })
}

function describe(found: unknown): string {
  if (found === null) return 'null'
  if (typeof found === 'string') return found === '' ? 'an empty string' : `a string of ${found.length} characters`
  if (Array.isArray(found)) return `an array of ${found.length}`
  return typeof found === 'object' ? 'an object' : `${/^[aeiou]/.test(typeof found) ? 'an' : 'a'} ${typeof found}`
}

/** The value as a plain object. */
export function readObject(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, value, 'it must be an object.')
  return value as Readonly<Record<string, unknown>>
}

/** Refuses keys that nobody reads: a misspelt option must not go unnoticed. */
export function refuseUnknown(path: string, value: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      refuse(
        path === '' ? key.slice(0, 64) : `${path}.${key.slice(0, 64)}`,
        value[key],
        `there is no such field; known are ${known.join(', ')}.`,
      )
  }
}
