import type { Clock } from '../clock.js'
import type { CacheOptions, Duration, StorageOptions } from '../config.js'
import type { Logger } from '../events/log.js'
import type { Sessions } from '../sessions.js'
import type { Store } from '../store/store.js'
import type { CallbackStore } from './callback-store.js'
import type { UserOf } from './user-sessions.js'

/** Where and how Sojourn keeps the sessions of a drop-in. */
export interface SojournStoreOptions {
  /** Where sessions lie: a store of Sojourn, a promise of one, or a description. @default in memory, gone with the process */
  readonly storage?: Store | Promise<Store> | StorageOptions | undefined
  /**
   * A session manager. Each session in which somebody is logged in is then one of its sessions too: listed, limited, and
   * ended there (`terminateAllUserSessions`). Without `refreshToken`. @default none
   */
  readonly sessions?: Sessions | Promise<Sessions> | undefined
  /** Who is logged in with this session. @default `passport.user`, where it is text or a number */
  readonly userOf?: UserOf | undefined
  /** The store that was used before, of any make: sessions that only it has are moved over when they are used. @default none */
  readonly takeOver?: CallbackStore | undefined
  /** Longest time between two uses. @default what the cookie says; a day for cookies that go with the browser */
  readonly idleTimeout?: Duration | undefined
  /** Longest life, counted from the beginning or the last `regenerate`. @default none */
  readonly absoluteTimeout?: Duration | undefined
  /**
   * Where a request only moves the end of its session, this is written at most this often: a session may end that much early. `0`
   * for each time. @default a twentieth of the time that is left, a minute at most; each time where that is less than a minute
   */
  readonly touchInterval?: Duration | undefined
  /** Sessions kept in memory, so that a request asks no store. @default 100,000 sessions, 256 MiB */
  readonly cache?: CacheOptions | undefined
  /** How often expired sessions are taken out; 0 for never. @default '15m' */
  readonly cleanupInterval?: Duration | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}
