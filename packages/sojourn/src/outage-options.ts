import type { Duration, StorageOptions } from './config.js'
import type { Store } from './store/store.js'

/** Logins while the store does not answer: into a store of this process alone, and into the store of all once that is back. */
export interface LocalSessionsOptions {
  /** A memory or SQLite store that nobody else uses. */
  readonly store: Store | StorageOptions
  /** How long such a session lives until the store is back, at most 15 m. @default '15m' */
  readonly lifetime?: Duration
  /** The most of them at once. @default 1,000 */
  readonly maxSessions?: number
}

/** A row that each of several nodes ends now and then, to measure how long an end takes until no node accepts it any more. */
export interface CanaryOptions {
  /** @default true, where several nodes share the store and hear of each other */
  readonly enabled?: boolean
  /** From 1 s. @default '1m' */
  readonly interval?: Duration
}

/** What goes on while the store does not answer. By default nothing does: it is refused with `STORE_UNAVAILABLE`. */
export interface OutageOptions {
  /**
   * How long a session goes on being accepted while the store does not answer, if this process found it good within a lease
   * before: at most 5 m. Its price: an end that was made where the store could be reached is not known here until then.
   * @default 0: then nothing is accepted that the store cannot be asked about
   */
  readonly outageGrace?: Duration
  /** @default no logins while the store does not answer */
  readonly localSessions?: LocalSessionsOptions
  /**
   * A file of this process alone for ends of sessions that the store did not take: they outlive a crash.
   * @default none; with `localSessions`, a file beside its store
   */
  readonly journal?: string
  readonly canary?: CanaryOptions
}
