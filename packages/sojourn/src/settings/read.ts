import type { Millis } from '../clock.js'
import { parseDuration } from '../duration.js'
import { SessionError } from '../errors.js'

/** Ends the reading of the options with the path of the one that cannot be meant. */
export function refuse(path: string, found: unknown, allowed: string): never {
  const shown = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? JSON.stringify(found) : typeof found
  throw new SessionError('CONFIG_INVALID', `${path}: found ${shown}; ${allowed}`, { path })
}

/** A length of time in milliseconds. */
export function duration(path: string, value: unknown, fallback: Millis, least = 1): Millis {
  if (value === undefined) return fallback
  const millis = parseDuration(value)
  if (millis === undefined || millis < least) {
    refuse(
      path,
      value,
      `it must be a length of time of at least ${least} ms: milliseconds, or a number with ms, s, m, h or d, for example "30m".`,
    )
  }
  return millis
}

/** A whole number within bounds. */
export function count(path: string, value: unknown, fallback: number, least: number, most: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    refuse(path, value, `it must be a whole number from ${least} to ${most}.`)
  }
  return value
}

export function flag(path: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') refuse(path, value, 'it must be true or false.')
  return value
}

/** The fields of an object of options; a name that is not known is a slip of the pen that must not go unnoticed. */
export function fields(path: string, value: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, value, 'it must be an object.')
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) refuse(`${path}.${key}`, key, `there is no such option; known are ${known.join(', ')}.`)
  }
  return value as Readonly<Record<string, unknown>>
}
