import type { Clock, Millis } from '../clock.js'
import { plainOf } from './merge.js'
import type { Found, SessionRecord } from './records.js'

/** When sessions end, and how often that is written. */
export interface Ends {
  /** Of a session whose cookie ends at `expires`: text, a Date, or nothing for one that goes with the browser. */
  at(expires: unknown, createdAt: Millis): Millis
  /** The same of a record. */
  of(record: SessionRecord): Millis
  /** Whether it is time to write that the end of what was found is moved to `end`, and nothing else. */
  isDue(found: Extract<Found, { readonly kind: 'live' }>, end: Millis): boolean
}

export interface EndsOptions {
  readonly clock: Clock
  /** Of a session whose cookie does not say when it ends, and the most that one is given. */
  readonly idle: { readonly usual: Millis; readonly most: Millis }
  readonly absolute: Millis
  /** At least this long between two writes that only move an end. @default a twentieth of what the session has left, a minute at most */
  readonly touchInterval?: Millis | undefined
}

/** A session that is about to end is written at each use: its time is kept exactly. */
const SHORT: Millis = 60_000
const PART = 20
const MOST: Millis = 60_000
/** Whatever was configured: the end would else come before it is moved. */
const MOST_PART = 2

const timeOf = (expires: unknown): Millis =>
  expires instanceof Date ? expires.getTime() : typeof expires === 'string' ? Date.parse(expires) : Number.NaN

/** The end of the cookie in a record. */
export function expiresIn(record: SessionRecord): unknown {
  const { cookie } = plainOf(record.parts)
  return typeof cookie === 'object' && cookie !== null && 'expires' in cookie ? cookie.expires : undefined
}

export function ends({ clock, idle, absolute, touchInterval }: EndsOptions): Ends {
  const usualFor = (length: Millis): Millis => (length < SHORT ? 0 : Math.min(MOST, length / PART))
  const at = (expires: unknown, createdAt: Millis): Millis => {
    const now = clock.now()
    const said = expires ? timeOf(expires) : now + idle.usual
    return Math.min(Number.isNaN(said) ? now : said, now + idle.most, createdAt + absolute)
  }
  return Object.freeze<Ends>({
    at,
    of: (record) => at(expiresIn(record), record.createdAt),
    // To an earlier end also: a limit may have been lowered since.
    isDue({ expiresAt }, end) {
      const length = end - clock.now()
      const least = touchInterval === undefined ? usualFor(length) : Math.min(touchInterval, length / MOST_PART)
      return Math.abs(end - expiresAt) >= Math.max(1, least)
    },
  })
}
