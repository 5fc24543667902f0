import type { Millis } from '../../clock.js'

const DAY: Millis = 86_400_000
const SECOND: Millis = 1_000

/** Up to here memcached counts from now, above from 1970 (its protocol.txt, "Expiration times"). */
const LONGEST_RELATIVE = 60 * 60 * 24 * 30

/** memcached keeps Unix seconds in 32 bits with a sign; a later instant wraps around into the past. */
const LATEST_UNIX = 2 ** 31 - 1

/**
 * When memcached may drop a row by itself, which is a backstop only: a day after its expiry. A row that has expired by
 * `now`, by whatever clock the engine goes, stays a day from now. Relative where that is possible, so that a server whose
 * clock is off does not matter; 0 (never) for what lies after January 2038.
 */
export function exptime(expiresAt: Millis, now: Millis): number {
  const end = Math.max(expiresAt, now) + DAY
  const relative = Math.ceil((end - now) / SECOND)
  if (relative <= LONGEST_RELATIVE) return relative
  const absolute = Math.ceil(end / SECOND)
  return absolute <= LATEST_UNIX ? absolute : 0
}
