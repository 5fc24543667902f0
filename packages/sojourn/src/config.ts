import type { Clock } from './clock.js'
import type { AuditLog } from './events/audit.js'
import type { Logger } from './events/log.js'
import type { LegacySource } from './legacy/source.js'
import type { OutageOptions } from './outage-options.js'
import type { DeviceBoundOptions, DpopOptions } from './proof-options.js'
import type { ContextValidationOptions, DevicesOptions, GeoOptions, PrivacyOptions, RiskOptions } from './risk-options.js'
import type { Store } from './store/store.js'

/** Milliseconds, or a number with a unit: `30s`, `15m`, `8h`, `7d`. */
export type Duration = number | string

/** A store by description; the manager opens it. */
export interface StorageOptions {
  /** `database` is Postgres, or SQLite if the connection string begins with `sqlite:`. */
  readonly type: 'memory' | 'sqlite' | 'postgres' | 'redis' | 'memcached' | 'database'
  /** The file of `sqlite`. */
  readonly path?: string
  /** `redis://…`, `postgres://…`, `sqlite:./file`, or the servers of Memcached as `host:port,host:port`. */
  readonly connectionString?: string
  /** The same, for `redis` and `postgres`. */
  readonly url?: string
  /** The same, for `memcached`. */
  readonly servers?: string
  /** Begins the names of everything in the store. */
  readonly prefix?: string
  /** How many copies of each session must hold a change before it counts as durable; `true` for two. @default one */
  readonly replication?: boolean | number
  /** How long the store may keep a record that is not renewed; not shorter than `sessionLifetime`. @default as long as the session lives */
  readonly ttl?: Duration
  /** Most sessions in memory, or most bytes of a SQLite file. @default what there is room for */
  readonly maxSize?: number
}

export interface RenewalOptions {
  /** Whether a validation renews by itself once the threshold is reached. @default true */
  readonly auto?: boolean
  /** A token can be renewed when this much or less of its life is left. @default '1h', at most the lifetime */
  readonly threshold?: Duration
  /** How often one session can be renewed. @default 10 */
  readonly maxRenewals?: number
  /** How long a replaced token is still good for, and how long after its end a session can still be renewed. @default '30s' */
  readonly gracePeriod?: Duration
}

export interface RememberMeOptions {
  /** Whether `rememberMe` at a login means anything; where it does not, the session is an ordinary one. @default true, but false with the profiles web, pci, aal2 and aal3 */
  readonly enabled?: boolean
  /** Life of a remembered session at creation and at each renewal. @default absoluteTimeout */
  readonly lifetime?: Duration
  /** Longest time between two uses of a remembered session. @default rememberMe.lifetime */
  readonly idleTimeout?: Duration
}

/** Limits of the sessions that have a role. The strictest of these, of those of other roles, and of the general ones wins, one by one. */
export interface RoleLimitOptions {
  /** Longest time between two uses. @default the general one */
  readonly idleTimeout?: Duration
  /** Life given at creation and at each renewal. @default the general one */
  readonly sessionLifetime?: Duration
  /** Longest life from creation on, renewals included. @default the general one */
  readonly maxSessionDuration?: Duration
  /** Longest life from the authentication on. @default the general one */
  readonly absoluteTimeout?: Duration
  /** Most sessions that a user can have beside one with this role, this one included. @default the general one */
  readonly maxConcurrentSessions?: number
  /** How often one session can be renewed. @default the general one */
  readonly maxRenewals?: number
  /** How long a replaced token is still good for. @default the general one */
  readonly gracePeriod?: Duration
  /** How long permissions last at most that `setSessionPermissions` adds. @default the general one */
  readonly elevationDuration?: Duration
  /** Age of the authentication from which on the user has to prove again who they are. @default the general one */
  readonly requireReauthAfter?: Duration
}

/** When bad tokens count as guessing. A good token is never refused for what others send. */
export interface ThrottleOptions {
  /** Whether guesses are counted at all. @default true */
  readonly enabled?: boolean
  /** Invalid tokens and keys from one source (an IPv4 address, or a /64 of IPv6) within a minute; what is above is answered `RATE_LIMITED`. @default 100 */
  readonly invalidPerMinute?: number
  /** Invalid tokens and keys from all sources together within a minute, above which an event is raised. @default 10,000 */
  readonly globalPerMinute?: number
}

/** The key of an installation, 32 random bytes. Who holds it and the store can open all sessions; who loses it ends them. */
export interface KeyMaterial {
  /** Seals the key ring in the store; everything else is sealed by keys of the ring. */
  readonly master: Uint8Array
  /** Keys that were used before, newest first. The ring is sealed again under `master` at the next start. */
  readonly previous?: readonly Uint8Array[]
}

/** Where a key comes from, for example a key management service that unwraps it. Asked once, at the start. */
export interface KeySource {
  load(): Promise<KeyMaterial>
}

/** How JWT tokens are made. */
export interface JwtOptions {
  /** `EdDSA` and `ES256` sign with key pairs that are made for you, kept in the key ring and published. @default 'HS256' with a `secret`, else 'EdDSA' */
  readonly algorithm?: 'HS256' | 'EdDSA' | 'ES256'
  /** For HS256: at least 32 random bytes as text. Who knows it can sign. */
  readonly secret?: string
  /** Secrets before it, newest first: what they signed is still accepted until it expires. @default none */
  readonly previousSecrets?: readonly string[]
  /** `iss`: who issues. An address lets others find the keys. @default 'sojourn' */
  readonly issuer?: string
  /** `aud`: for whom the tokens are, exactly one. @default the issuer */
  readonly audience?: string
  /** `client_id`: the application that logs its users in. @default 'sojourn' */
  readonly clientId?: string
  /** The same as `accessLifetime`. */
  readonly lifetime?: Duration
  /** How far in the future `iat` and `nbf` may lie, because clocks differ; at most 30 s. @default '30s' */
  readonly leeway?: Duration
  /** `sub`: a pseudonym, the same for the same user, or the user id itself, which is personal data. @default 'pseudonym' */
  readonly subject?: 'pseudonym' | 'userId'
  /**
   * Notes each end for those who verify tokens offline (`revocations`): one more write for each. Takes key pairs, and tokens
   * that live at most a day, as those beside refresh tokens do. @default false
   */
  readonly revocationFeed?: boolean
}

export interface SecurityOptions {
  readonly encryption?: boolean
  readonly tokenType?: 'opaque' | 'jwt'
  readonly refreshToken?: boolean
  /** See `rotationPolicy` at the top. */
  readonly rotationPolicy?: 'always' | 'interval' | 'never'
}

export interface CacheOptions {
  /** Most sessions answered from memory; 0 for none: then each validation reads the store. @default 100,000 */
  readonly maxSessions?: number
  /** About how many bytes they may take. @default 256 MiB */
  readonly maxBytes?: number
}

export interface SessionManagerOptions extends OutageOptions {
  /** @default in memory, gone with the process */
  readonly storage?: Store | StorageOptions
  /** @default 'opaque' */
  readonly tokenType?: 'opaque' | 'jwt'
  /** Beside `tokenType: 'opaque'`, JWT tokens that were issued before are still read. @default none */
  readonly jwt?: JwtOptions
  /** Gives two tokens: `token`, which opens the session for `accessLifetime`, and `refreshToken`, which only renews. @default false */
  readonly refreshToken?: boolean
  /** Longest life of an access token, where there is a refresh token. @default '5m' */
  readonly accessLifetime?: Duration
  /**
   * What a renewal does with the refresh token: `always` gives a new one, `interval` once the old one is as old as
   * `renewal.threshold`, `never` keeps it. Without refresh tokens a renewal always gives a new token, and `interval` lets
   * validations renew by themselves. @default 'always'
   */
  readonly rotationPolicy?: 'always' | 'interval' | 'never'
  /** Longest time between two uses. @default '30m' */
  readonly idleTimeout?: Duration
  /** Life given at creation and at each renewal. @default '8h' */
  readonly sessionLifetime?: Duration
  /** Longest life of an ordinary session, renewals included. @default '24h', or the lifetime if that is longer */
  readonly maxSessionDuration?: Duration
  /** Longest life of any session, remembered ones included, from the authentication on. @default '7d', or the longest duration if that is longer */
  readonly absoluteTimeout?: Duration
  readonly renewal?: RenewalOptions
  readonly rememberMe?: RememberMeOptions
  /** Most sessions that one user can have. @default 10 */
  readonly maxConcurrentSessions?: number
  /** What a login above the limit does: end the oldest session, end the one that was not used for the longest time, or be refused. @default 'evict-oldest' */
  readonly onSessionLimit?: 'evict-oldest' | 'evict-idle' | 'reject'
  /** Age of the authentication from which on every session has to prove again who it belongs to. @default never */
  readonly requireReauthAfter?: Duration
  /** Stricter limits for sessions that have a role, by its name; judged by the roles that a session has at that moment. @default none */
  readonly roles?: Readonly<Record<string, RoleLimitOptions>>
  /** Limits of a standard: defaults for everything that it says something about. What is looser is refused unless it is justified. @default none */
  readonly profile?: 'web' | 'pci' | 'aal1' | 'aal2' | 'aal3'
  /** Why this installation is looser than its profile; logged at the start and printed in the policy document. @default none */
  readonly justification?: string
  readonly throttle?: ThrottleOptions
  /** How long a login may wait for its second factor (`kind: 'pending'`); such a session is never renewed. @default '10m' */
  readonly pendingLifetime?: Duration
  /** Sessions of visitors who have not logged in (`kind: 'anonymous'`). */
  readonly anonymous?: {
    /** Longest time between two uses. @default '2h' */
    readonly idleTimeout?: Duration
    /** Most that one source, an IPv4 address or a /64 of IPv6, can begin in a minute through this process. @default 20 */
    readonly perMinute?: number
  }
  /** Limits of single tenants, where they differ. @default none */
  readonly tenants?: Readonly<Record<string, { readonly maxConcurrentSessions?: number }>>
  /**
   * Name of the application, where several share one store and one key: each has its own names in the store and its own
   * keys, so none accepts another's tokens. On Redis and Postgres nothing is then answered from memory. @default none
   */
  readonly application?: string
  readonly elevation?: {
    /** How long permissions last that `setSessionPermissions` adds. @default '15m' */
    readonly duration?: Duration
  }
  readonly contextValidation?: ContextValidationOptions
  readonly risk?: RiskOptions
  /** @default places are not looked up */
  readonly geo?: GeoOptions
  readonly privacy?: PrivacyOptions
  readonly devices?: DevicesOptions
  /** How often expired sessions are taken out; 0 for never, then call `sweep`. @default '15m' */
  readonly cleanupInterval?: Duration
  /**
   * 32 random bytes, the path of a key file (made if it is missing), or a source that is asked.
   * @default a file beside the store's data; else `.sojourn/keys.json` for a store that other processes share; else a key of this process
   */
  readonly keys?: KeyMaterial | KeySource | { readonly file: string }
  /** How old the key that seals records may become before it is replaced, for example `24h`. @default never by itself */
  readonly keyRotation?: Duration
  /** Binds sessions to the browser that they were given to. @default not enabled */
  readonly deviceBound?: DeviceBoundOptions
  /** Binds tokens to a key of the client. @default not enabled */
  readonly dpop?: DpopOptions
  readonly audit?: AuditLog
  /** Sessions kept in memory, so that a validation asks no store. */
  readonly cache?: CacheOptions
  /**
   * How long this process may go on answering from memory when it hears nothing of the others: the longest time for which an
   * end that nobody could be told of is not known everywhere. 500 ms to 1 m. The same on all nodes. @default '2s'
   */
  readonly lease?: Duration
  /** What this process is called among the others. @default 'node' */
  readonly nodeName?: string
  /**
   * Older libraries whose sessions are taken over when they are validated, so that nobody is logged out: see `sojourn/legacy`.
   * @default none
   */
  readonly legacy?: readonly LegacySource[]
  /** @default silent */
  readonly logger?: Logger
  /** @default the clock of this machine */
  readonly clock?: Clock
  /** Older name of `idleTimeout`. */
  readonly timeout?: Duration
  /** Older names: `encryption` (always on), `tokenType`, `refreshToken`, `rotationPolicy`. */
  readonly security?: SecurityOptions
  /** Older name of `cleanupInterval`. */
  readonly cleanup?: Duration
}
