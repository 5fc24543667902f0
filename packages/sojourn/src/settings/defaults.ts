const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

type Name =
  | 'idleTimeout'
  | 'sessionLifetime'
  | 'maxSessionDuration'
  | 'absoluteTimeout'
  | 'threshold'
  | 'maxRenewals'
  | 'gracePeriod'
  | 'maxConcurrentSessions'
  | 'elevation'
  | 'cleanupInterval'
  | 'invalidPerMinute'
  | 'globalPerMinute'
  | 'cachedSessions'
  | 'cachedBytes'
  | 'lease'

/** What holds where nobody says anything, in milliseconds. */
export const DEFAULTS: Readonly<Record<Name, number>> = Object.freeze({
  idleTimeout: 30 * MINUTE,
  sessionLifetime: 8 * HOUR,
  maxSessionDuration: 24 * HOUR,
  absoluteTimeout: 7 * DAY,
  threshold: HOUR,
  maxRenewals: 10,
  gracePeriod: 30_000,
  maxConcurrentSessions: 10,
  elevation: 15 * MINUTE,
  cleanupInterval: 15 * MINUTE,
  invalidPerMinute: 100,
  globalPerMinute: 10_000,
  cachedSessions: 100_000,
  cachedBytes: 256 * 1024 * 1024,
  lease: 2_000,
})
