import type { NodeInfo } from './coherence/nodes.js'
import type { KeyInfo } from './crypto/ring.js'
import type { PublicJwk } from './crypto/signer.js'
import type { DeviceBound } from './device.js'
import type { SessionEvent } from './events/event.js'
import type { Mode } from './outage/mode.js'
import type { RevocationFeed } from './revocations.js'
import type { Session } from './session.js'
import type { Ended, EndedAll, Sessions } from './sessions.js'

/** Which sessions to walk over. All given conditions must hold. */
export interface SessionQuery {
  readonly userId?: string
  readonly tenant?: string
  readonly role?: string
  /** @default 'active' */
  readonly status?: 'active' | 'ended' | 'all'
  /** 1 to 500. @default 50 */
  readonly limit?: number
  /** The `next` of the page before. */
  readonly after?: string
}

export interface SessionPage {
  readonly sessions: readonly Session[]
  /** Absent on the last page. A page may hold fewer sessions than `limit` and still have a next one. */
  readonly next?: string
}

export interface Swept {
  /** Sessions that this sweep found expired and took out; each one was reported once, by one node. */
  readonly expired: number
  /** Records of ended sessions whose time was over. */
  readonly forgotten: number
}

export interface Resealed {
  /** Records looked at. */
  readonly seen: number
  /** Records that were sealed again under the active key. */
  readonly resealed: number
}

/** One limit, and which rule set it. */
export interface EffectiveLimit {
  /** Milliseconds, or a number; null where there is no limit. */
  readonly value: number | null
  /** `general`; `remember-me`, the limits of remembered sessions; `role:<name>`; or `creation`, where the session was promised less than would hold now. */
  readonly by: string
}

/** The limits of one session as they are at this moment. */
export interface EffectiveLimits {
  readonly sessionId: string
  readonly roles: readonly string[]
  readonly rememberMe: boolean
  readonly idleTimeout: EffectiveLimit
  readonly sessionLifetime: EffectiveLimit
  readonly maxSessionDuration: EffectiveLimit
  readonly absoluteTimeout: EffectiveLimit
  readonly maxConcurrentSessions: EffectiveLimit
  readonly maxRenewals: EffectiveLimit
  readonly gracePeriod: EffectiveLimit
  readonly elevationDuration: EffectiveLimit
  readonly requireReauthAfter: EffectiveLimit
}

/** What a source of guesses may still send before it is refused. */
export interface GuessAllowance {
  /** Invalid tokens and keys within `window`. */
  readonly limit: number
  /** Seconds. */
  readonly window: number
  readonly remaining: number
  /** Seconds until there is more. */
  readonly reset: number
}

/** The same after one more guess. */
export interface CountedGuess extends GuessAllowance {
  /** Whether it was above what its source may send. */
  readonly isOver: boolean
}

export interface TokenDescription {
  readonly type: 'opaque' | 'jwt'
  /** Whether there are an access token and a refresh token. */
  readonly refreshToken: boolean
  /** Seconds that an access token lives at most, where there is a refresh token. */
  readonly accessLifetime: number
  /** Set where JWT tokens are issued or still read. */
  readonly jwt?: {
    readonly algorithm: 'HS256' | 'EdDSA' | 'ES256'
    readonly issuer: string
    readonly audience: string
    readonly clientId: string
    /** Whether there is a feed of revocations. */
    readonly revocationFeed: boolean
  }
}

/** What is told about a token (RFC 7662). */
export type Introspection =
  | { readonly active: false }
  | {
      readonly active: true
      readonly session: Session
      /** As in the token, if it is a JWT; else the user id. */
      readonly subject: string
      /** When this token was issued, if it says so; else when its session began. */
      readonly issuedAt: Date
      /** When this token ends; its session may go on. */
      readonly expiresAt: Date
      readonly issuer?: string
      readonly audience?: string
      readonly clientId?: string
    }

/** How far the ending of many sessions is. */
export interface EndingProgress {
  /** Records looked at. */
  readonly seen: number
  readonly terminated: number
}

/** Whose sessions are ended together. */
export type SessionsOf = { readonly user: string; readonly tenant?: string } | { readonly tenant: string } | { readonly all: true }

export interface EndSessionsOptions {
  /** Why, for the record: lower-case words with dots or dashes. */
  readonly reason: string
  /** Id (`sid_…`) of the one session that stays. */
  readonly except?: string
  /** Sessions that were authenticated at this instant or later stay. @default none stays */
  readonly authTime?: Date
}

/** Milliseconds from the moment at which the store had an end until every node refused; absent before the first measurement. */
export interface RevocationDelay {
  readonly last?: number
  /** Since the start. */
  readonly longest?: number
}

/** What runs in this process: the nine functions, and what operating them takes. */
export interface SessionManager extends Sessions {
  /** The session with this public id, in whatever state, or undefined. */
  getSession(id: string): Promise<Session | undefined>
  /** The limits that are in force for this session and the rule that set each; undefined if it has ended or never was. */
  effectiveLimits(id: string): Promise<EffectiveLimits | undefined>
  /** Walks over the sessions of all users. Throws `INVALID_ARGUMENT` where the store cannot be walked (Memcached). */
  searchSessions(query?: SessionQuery): Promise<SessionPage>
  /**
   * Ends all sessions of a user, a tenant or everybody. No login from before counts from the first moment on; the sessions are
   * then ended one by one, which takes as long as there are many. Resolves when all have ended.
   */
  endSessions(what: SessionsOf, options: EndSessionsOptions, onProgress?: (so: EndingProgress) => void): Promise<EndedAll>
  /**
   * The same functions for one tenant: they see and make sessions of this tenant only. A token or id of another is one that
   * does not exist.
   */
  forTenant(tenant: string): Sessions & Pick<SessionManager, 'introspectToken'>
  /**
   * Calls `listener` once when this session has ended, so that a WebSocket or a stream of events can be closed. Ends through
   * this process are told at once, others within half a minute. At most 10,000 at a time; beyond that throws `CONFLICT`.
   * Returns what stops it.
   */
  onEnded(sessionId: string, listener: (reason: string) => void): () => void
  /** Takes out what has expired, now, and not only at the configured interval. */
  sweep(): Promise<Swept>
  /** The keys of the ring and their states; never the keys themselves. */
  listKeys(): readonly KeyInfo[]
  /** Adds new keys to the ring. They become active within seconds (data) or two minutes (tokens); nobody is logged out. */
  rotateKeys(): Promise<readonly KeyInfo[]>
  /**
   * Refuses every JWT token under this signing key from now on, on other nodes within two seconds, and for good. A key pair
   * is replaced at once; after a configured secret was killed, nothing is issued until another one is configured.
   */
  killKey(kid: string): Promise<Ended>
  /** The public keys that JWT tokens can be verified with (RFC 7517): those that sign, will sign and have signed. Empty for HS256. */
  publicKeys(): { readonly keys: readonly PublicJwk[] }
  /**
   * What was ended while JWT tokens of it are still out, for those who verify them offline; of all nodes, at most a second
   * old. `since`: the `next` of an answer before. Throws `INVALID_ARGUMENT` unless `jwt.revocationFeed` is on.
   */
  revocations(since?: string): Promise<RevocationFeed>
  /** Which tokens are issued. */
  describeTokens(): TokenDescription
  /** Whether a token opens a session now, and what RFC 7662 tells of it. A refresh token is not active. */
  introspectToken(token: string): Promise<Introspection>
  /** What `sub` says of this user in JWT tokens. */
  tokenSubject(userId: string): string
  /** Seals every record under the active key again, and destroys keys that nothing is sealed under any more. */
  resealRecords(onProgress?: (so: Resealed) => void): Promise<Resealed>
  /** The rules of this manager as a document for people (Markdown): limits, profile, and in what it departs from it. */
  policyDocument(): string
  /** How far the clock that sessions end by is from the clocks of this machine and of the store: the largest distance, in milliseconds. */
  clockSkew(): Promise<number>
  /** Counts a wrong credential that was not a token, such as a key, as a guess from this address. Tells what is left; undefined where nothing is counted. */
  noteGuess(ipAddress: string | undefined): Promise<CountedGuess | undefined>
  /** What an address may still send; undefined where nothing is counted. */
  guessesLeft(ipAddress: string | undefined): GuessAllowance | undefined
  /** Writes out pending activity. */
  flush(): Promise<void>
  /** Asks the store a question. Throws `STORE_UNAVAILABLE` if it does not answer. */
  ping(): Promise<void>
  /** Calls `listener` for everything that happens in this process. A listener that throws is logged and disturbs nothing. */
  on(listener: (event: SessionEvent) => void): () => void
  /** The state of all counters and histograms in Prometheus text format 0.0.4. */
  metricsText(): string
  /** The nodes that share the store, as this one hears of them; none where nothing has to be heard. */
  nodes(): readonly NodeInfo[]
  /**
   * How this node stands. `degraded`: the store does not answer, or it cannot tell whether it has heard of every change; it then
   * refuses with `STORE_UNAVAILABLE`. `suspect`: a call failed a moment ago. `recovering`: what waited is being brought over.
   */
  mode(): Mode
  /** How long ends took to hold everywhere, as this node measured it. */
  revocationDelay(): RevocationDelay
  /** The pseudonym under which events and audit records speak of this user. */
  pseudonym(userId: string): string
  /** Device Bound Session Credentials; absent unless `deviceBound.enabled`. */
  readonly deviceBound?: DeviceBound
  /** A nonce for the header `DPoP-Nonce`; absent unless `dpop.enabled`. */
  readonly dpopNonce?: () => string
}
