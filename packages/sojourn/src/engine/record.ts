import type { Millis } from '../clock.js'
import type { PublicJwk } from '../crypto/jwk.js'
import type { ListedDevice } from '../policy/device-list.js'
import type { StoredPlace } from '../policy/place.js'
import type { SessionContext, SessionDevice } from '../session.js'

export interface StoredSeen {
  readonly value: string
  readonly first: Millis
  readonly last: Millis
}

/** What a session was last seen with, as far as the next request is judged by it. */
export interface StoredSighting {
  readonly at: Millis
  readonly fingerprint?: string
  readonly place?: StoredPlace
}

/** Permissions that end by themselves. */
export interface Elevation {
  readonly permissions: readonly string[]
  readonly until: Millis
  /** When they were given; absent in records of an older version. */
  readonly since?: Millis
}

/** Permission for one operation, to be used once. */
export interface StoredGrant {
  /** SHA-256 of the secret. */
  readonly hash: string
  readonly operation: string
  readonly resource?: string
  readonly until: Millis
}

/** What is less than a session of a user. */
export type Stage = 'pending' | 'anonymous'

/** A session that has not been ended. Instants are milliseconds since the epoch. */
export interface LiveRecord {
  readonly kind: 'session'
  /** Empty for an anonymous session. */
  readonly userId: string
  /** Absent for a whole session of a user. */
  readonly stage?: Stage
  /** The administrator who acts as this user. */
  readonly actor?: string
  readonly tenant: string | null
  readonly createdAt: Millis
  /** When the user proved again who they are: the longest duration counts from then on. Absent if that never happened. */
  readonly startedAt?: Millis
  readonly authTime: Millis
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly rememberMe: boolean
  /** End of the life given at creation or at the last renewal. */
  readonly lifetimeEnd: Millis
  /** `createdAt` plus the longest duration, as it was configured at creation; never moves. */
  readonly durationEnd: Millis
  /** `authTime` plus the absolute limit, as it was configured at creation; never moves. */
  readonly absoluteEnd: Millis
  readonly lastActivity: Millis
  readonly requests: number
  /** Which token is the current one: 1 at creation, one higher at each renewal. */
  readonly generation: number
  /** SHA-256 of the secret of the current token. */
  readonly secretHash: string
  /** SHA-256 of the secret before it. */
  readonly previousHash?: string
  readonly rotatedAt: Millis
  /** The first generation that is an access token and a refresh token; absent where one token is both. */
  readonly pairSince?: number
  /** Whether the current token has been used: then its predecessor has no honest use any more once the grace is over. */
  readonly confirmed: boolean
  readonly renewals: number
  readonly context: SessionContext
  readonly addresses: readonly StoredSeen[]
  readonly agents: readonly StoredSeen[]
  /** The device that it was given to. */
  readonly device?: SessionDevice
  readonly seen?: StoredSighting
  /** Set when the user has to authenticate again before the session can be used. */
  readonly challenged?: { readonly at: Millis; readonly signal: string }
  readonly roles: readonly string[]
  readonly permissions: readonly string[]
  readonly elevation?: Elevation
  readonly grants?: readonly StoredGrant[]
  readonly data: Readonly<Record<string, unknown>>
  /** Thumbprint of the key that each use of the token must be proved with (RFC 9449 6); never changes. */
  readonly cnf?: { readonly jkt: string }
  /** Thumbprint of the key of the browser that the session is bound to, since when, and the row that holds the key; never changes. */
  readonly boundTo?: { readonly jkt: string; readonly at: Millis; readonly row: string }
}

/** What is left of a session that was ended: enough to say so and why, until nobody can hold its token any more. */
export interface EndedRecord {
  readonly kind: 'ended'
  readonly stage?: Stage
  readonly actor?: string
  /** Random; tells which call ended it. */
  readonly mark: string
  readonly userId: string
  readonly tenant: string | null
  readonly createdAt: Millis
  readonly authTime: Millis
  readonly endedAt: Millis
  readonly reason: string
  readonly lastActivity: Millis
  readonly renewals: number
  readonly rememberMe: boolean
}

/**
 * The instant before which no authentication counts any more: of a user (the row stands under the owner's own key), of a
 * user in one tenant, of a tenant, or of anybody. 0 if it was never raised.
 */
export interface NotBeforeRecord {
  readonly kind: 'not-before'
  readonly notBefore: Millis
  readonly reason: string
  /** Row id of the one session that was to stay. */
  readonly except?: string
  /** Why no login of this user is accepted, as long as none is. */
  readonly barred?: string
}

/**
 * Where a session of an older library went. Stands as soon as its session does, and longer than the older library's own
 * record could last: that record, should it come back, is not taken over twice.
 */
export interface TakenOverRecord {
  readonly kind: 'taken-over'
  readonly rowId: string
  /** Slot of the key that the token was made with. */
  readonly slot: number
  /** `createdAt` of the session: tells it from another one that may stand in its place. */
  readonly createdAt: Millis
  /** When it was taken over. */
  readonly at: Millis
}

/** The devices that a user has logged in from, last seen last. A row of its own in the user's bucket, and not in their list. */
export interface DevicesRecord {
  readonly kind: 'devices'
  readonly userId: string
  readonly tenant: string | null
  readonly devices: readonly ListedDevice[]
}

/** A challenge that was handed out and not answered yet. */
export interface OpenChallenge {
  readonly value: string
  readonly at: Millis
}

/** The key of a browser and what it is to sign next. A row of its own in the bucket of its session: decision 0019. */
export interface DeviceKeyRecord {
  readonly kind: 'device-key'
  readonly jwk: PublicJwk
  /** Newest first, at most two: the current one and the one before. */
  readonly challenges: readonly OpenChallenge[]
}

/** Raised by one node with what it ends. Its version is all there is to know: outage/high-water.ts. */
export interface MarkRecord {
  readonly kind: 'mark'
}

/** Ended now and then by each node, to measure how long that takes: canary.ts. No token opens it, and it is nobody's. */
export interface CanaryRecord {
  readonly kind: 'canary'
  readonly isEnded: boolean
}

/** Something that counts once was used. Its name is all there is to know. */
export interface SpentRecord {
  readonly kind: 'spent'
}

/** The session in a record that is one, or is about to be. */
export function liveIn(record: StoredRecord): LiveRecord | undefined {
  if (record.kind === 'held') return record.session
  return record.kind === 'session' ? record : undefined
}

/** A session that a node made while the store was away, on its way into the store: it opens nothing until it has been judged. */
export interface HeldRecord {
  readonly kind: 'held'
  readonly session: LiveRecord
}

/** An entry of the feed for those who verify JWT tokens offline: a session (`sid`), or logins before an instant. */
export interface RevocationRecord {
  readonly kind: 'revocation'
  readonly sid?: string
  /** Seconds since the epoch. */
  readonly before?: number
  /** Salted hash of `sub`; absent for everybody. */
  readonly subject?: string
  /** Public id of the session that stays. */
  readonly except?: string
  /** Seconds since the epoch after which no token is left that this is about. */
  readonly exp: number
}

export type StoredRecord =
  | LiveRecord
  | HeldRecord
  | EndedRecord
  | NotBeforeRecord
  | TakenOverRecord
  | DeviceKeyRecord
  | MarkRecord
  | CanaryRecord
  | SpentRecord
  | DevicesRecord
  | RevocationRecord
