import type { Millis } from './clock.js'

const UNITS: Readonly<Record<string, Millis>> = Object.freeze({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 })

/** Longer lengths of time are a mistake of units: a hundred years. */
export const MAX_DURATION: Millis = 100 * 365 * 86_400_000

/**
 * Milliseconds from `30s`, `15m`, `8h`, `7d`, `250ms` or a number of milliseconds; undefined for anything else. Zero is a
 * length of time too; whether it makes sense is for the caller to say.
 */
export function parseDuration(value: unknown): Millis | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 && value <= MAX_DURATION ? Math.round(value) : undefined
  if (typeof value !== 'string') return undefined
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(value)
  const unit = match?.[2] === undefined ? undefined : UNITS[match[2]]
  if (match === null || unit === undefined) return undefined
  const millis = Math.round(Number(match[1]) * unit)
  return millis <= MAX_DURATION ? millis : undefined
}
