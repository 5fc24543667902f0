import type { SessionError } from './errors.js'
import type { Device, IssuedSession, Level, Session, SessionContext, SessionKind } from './session.js'

export interface DeviceOptions {
  /** The tenant that the user belongs to. @default none */
  readonly tenant?: string
}

export interface Ended {
  readonly level: Level
}

export interface EndedAll extends Ended {
  /** How many sessions this call ended. */
  readonly terminated: number
}

export interface CreateOptions {
  /** Gives the longer limits that are configured for remembered sessions. @default false */
  readonly rememberMe?: boolean
  readonly roles?: readonly string[]
  /** Lasting permissions; temporary ones are given by `setSessionPermissions`. */
  readonly permissions?: readonly string[]
  /** Keeps this session apart from those of other tenants. */
  readonly tenant?: string
  /** JSON data of the application, at most 64 KiB. */
  readonly data?: Readonly<Record<string, unknown>>
  /** When the user proved who they are. A login that is older than the user's last "log out everywhere" is refused. @default now */
  readonly authTime?: Date
  readonly amr?: readonly string[]
  readonly acr?: string
  /** Token of the session (anonymous, or before a step-up) that this one takes the place of; it is ended once the new one stands. */
  readonly replaces?: string
  /** Binds the token to a key by its thumbprint (RFC 7638): each use must be proved with it. Needs `dpop` in the configuration. */
  readonly dpop?: { readonly jkt: string }
  /**
   * `pending`: the second factor is missing; `reauthenticateSession` makes it whole. `anonymous`: nobody has logged in; the
   * user id is null then. @default 'user'
   */
  readonly kind?: SessionKind
  /** Id of the administrator who acts as this user. Kept in the session; nothing that a client sends changes it. */
  readonly actor?: string
  /** Keys of `data` that are taken along from a replaced session that was anonymous, or pending for the same user. @default none */
  readonly carryOver?: readonly string[]
}

/** A request that shows that its sender holds a key (RFC 9449). */
export interface DpopRequest {
  /** Method of the request, for example `GET`. */
  readonly method: string
  /** Address of the request: its path, or all of it. Its origin must be one of `dpop.publicUrl`; never take it from `Host`. */
  readonly url: string
  /** The header `DPoP` as it came; undefined or empty if there was none. */
  readonly proof?: string | undefined
}

/** What a client showed beside its token. */
export interface ProofOptions {
  /**
   * Set when the token came as `Authorization: DPoP`. `left-to-caller`: the caller demands the proof itself, by
   * `confirmation`, as a resource server does that introspects a token (RFC 9449 6.2). Not for a renewal.
   */
  readonly dpop?: DpopRequest | 'left-to-caller'
  /** The cookie of a bound device (`deviceBound.cookieName`), if there was one. */
  readonly boundCookie?: string
}

export interface ValidateOptions extends ProofOptions {
  /** False for polling and the like: the idle time goes on. @default true */
  readonly activity?: boolean
  /** False where a new token could not be handed to the client: then none is made on the way. @default true */
  readonly renew?: boolean
  /** Kinds that are accepted beside whole sessions of users. @default none */
  readonly allow?: ReadonlyArray<'pending' | 'anonymous'>
}

export interface TerminateOptions {
  /** Why, for the record and for the person: lower-case words with dots, for example `logout` or `security.password-changed`. @default 'logout' */
  readonly reason?: string
}

export interface TerminateAllOptions {
  /** @default 'revoked' */
  readonly reason?: string
  /** Id (`sid_…`) of the one session that stays: "log out all my other devices". */
  readonly except?: string
  /** Ends the sessions of this tenant only. @default those of all tenants */
  readonly tenant?: string
}

export interface ListOptions {
  /** Tells the sessions of this tenant only. @default those of all tenants */
  readonly tenant?: string
}

export interface PermissionOptions {
  /** Milliseconds or `15m` after which permissions that this call adds end by themselves. @default elevation.duration */
  readonly expiresIn?: number | string
  /** Replaces the token as well, at once and without a grace, and returns the new one. Takes a token, not an id. @default false */
  readonly rotate?: boolean
}

export interface RoleOptions {
  /** Replaces the token as well, at once and without a grace, and returns the new one. Takes a token, not an id. @default false */
  readonly rotate?: boolean
}

/** A session after its rights were changed. `token` is there if it was rotated: it takes the place of the old one at once. */
export type ChangedSession = Session & Ended & { readonly token?: string }

/** What a new proof of identity gives. What is not given stays, but for `acr` and `amr`: they are those of this proof alone. */
export interface ReauthenticateOptions {
  /** When the user proved who they are. @default now */
  readonly authTime?: Date
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly roles?: readonly string[]
  /** Lasting permissions. */
  readonly permissions?: readonly string[]
  /** Moves the session to another tenant. Roles, permissions and data of the old one stay behind. */
  readonly tenant?: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** One thing that a user was asked about and agreed to. */
export interface Operation {
  /** Name of the operation, for example `payment.send`. */
  readonly operation: string
  /** What it is done to, for example the number of the payment. */
  readonly resource?: string
}

export interface GrantOptions extends Operation {
  /** Milliseconds or `5m` until the grant ends unused. @default '5m' */
  readonly expiresIn?: number | string
}

export interface OperationGrant {
  /** The secret that allows the operation once. Give it to the client that holds the session. */
  readonly grant: string
  readonly expiresAt: Date
}

/** What happened to an account, and what its sessions have to do with it. */
export type AccountEvent =
  | 'password-changed'
  | 'factor-changed'
  | 'email-changed'
  | 'account-disabled'
  | 'account-enabled'
  | 'account-deleted'
  | 'compromised'

export interface AccountEventOptions {
  /** Token of the session in which the user made the change: it stays, under a new token. @default none stays */
  readonly currentToken?: string
}

export interface AccountEventResult extends EndedAll {
  /** The session that stayed, with the token that takes the place of `currentToken`. */
  readonly session?: IssuedSession
}

export type SessionValidationResult =
  | {
      readonly isValid: true
      readonly session: Session
      /** Set when the token was renewed on the way: give `renewed.token` to the client in place of the old one. */
      readonly renewed?: IssuedSession
    }
  | { readonly isValid: false; readonly error: SessionError }

/** One address or user agent from which a session was used. */
export interface Seen {
  readonly value: string
  readonly firstSeen: Date
  readonly lastSeen: Date
}

export interface SessionAnalytics {
  readonly sessionId: string
  /** Minutes from creation to the last activity, with fractions. */
  readonly duration: number
  readonly createdAt: Date
  readonly lastActivity: Date
  /** Validations that were accepted. */
  readonly requestCount: number
  readonly renewals: number
  /** Addresses from which the session was used, newest last, at most 16. */
  readonly ipAddresses: readonly Seen[]
  /** User agents with which the session was used, newest last, at most 16. */
  readonly userAgents: readonly Seen[]
}

/**
 * The nine functions, and what belongs to them. The engine in this process is one implementation, the client of the HTTP service is another.
 *
 * A refusal of `validateSession` is a value; every other refusal is a thrown `SessionError`. A store that does not answer
 * always throws `STORE_UNAVAILABLE`. Where a parameter is called `tokenOrId`, the public id (`sid_…`) is accepted as well.
 */
export interface Sessions {
  /** Starts a session and returns it with its token. */
  createSession(userId: string | null, context?: SessionContext, options?: CreateOptions): Promise<IssuedSession>
  /** Tells whether a token opens a session now. Never throws for what a client sent. */
  validateSession(token: string, context?: SessionContext, options?: ValidateOptions): Promise<SessionValidationResult>
  /**
   * What `validateSession` would answer, if that can be told at once: from memory, which a lease allows. Undefined if not; then
   * nothing was noted, and `validateSession` tells. Only a manager in this process has it.
   */
  validateNow?(token: string, context?: SessionContext, options?: ValidateOptions): SessionValidationResult | undefined
  /**
   * Gives a new token and a new `expiresAt`. Repeating it with the same token gives the same answer. Where there are two
   * tokens this takes the refresh token and gives both anew; `expiresAt` moves when it is time for that.
   */
  renewSession(token: string, context?: SessionContext, options?: ProofOptions): Promise<IssuedSession>
  /** Ends a session for good. Ending one that is unknown or has ended already is no error. */
  terminateSession(tokenOrId: string, options?: TerminateOptions): Promise<Ended>
  /** The sessions of a user that could be used now, oldest first. */
  getActiveSessions(userId: string, options?: ListOptions): Promise<Session[]>
  /** Logs the user out everywhere, also out of a login that is under way with the old credential. */
  terminateAllUserSessions(userId: string, options?: TerminateAllOptions): Promise<EndedAll>
  /** Changes parts of the context; `undefined` parts stay. */
  updateSessionContext(tokenOrId: string, changes: Partial<SessionContext> & { readonly lastActivity?: Date }): Promise<Session>
  /** Sets the permissions. Those taken away are gone for good, those added end by themselves. */
  setSessionPermissions(tokenOrId: string, permissions: readonly string[], options?: PermissionOptions): Promise<ChangedSession>
  /** Sets the roles. Elevated permissions and grants end with the old ones. */
  setSessionRoles(tokenOrId: string, roles: readonly string[], options?: RoleOptions): Promise<ChangedSession>
  /**
   * Notes that the user has proved again who they are: a new token at once, the old one refused without a grace, all clocks
   * from the new proof on, elevated permissions and grants gone. Makes a pending session whole.
   */
  reauthenticateSession(token: string, context?: SessionContext, options?: ReauthenticateOptions): Promise<IssuedSession>
  /** Allows one operation once, after the user has agreed to it. A session can have eight such grants at a time. */
  grantOperation(token: string, options: GrantOptions): Promise<OperationGrant>
  /** Uses a grant up. Throws `PERMISSION_DENIED` for one that is unknown, was used, has ended, or is for something else. */
  useGrant(token: string, grant: string, operation: Operation): Promise<void>
  /** Draws the consequences of what happened to an account: ends the sessions that must not go on, and those under way. */
  accountEvent(userId: string, event: AccountEvent, options?: AccountEventOptions): Promise<AccountEventResult>
  getSessionAnalytics(tokenOrId: string): Promise<SessionAnalytics>
  /** The devices that a user has logged in from, last seen first. A login of this very moment may be missing. */
  listDevices(userId: string, options?: DeviceOptions): Promise<Device[]>
  /** Takes a device out of the user's list and ends its sessions. One that is unknown is no error. */
  forgetDevice(userId: string, deviceId: string, options?: DeviceOptions): Promise<EndedAll>
  /** Marks the device of a session as the user's own. Throws `INVALID_ARGUMENT` if nothing is known of it. */
  trustDevice(tokenOrId: string): Promise<Device>
  /** Writes out what is pending and lets go of everything. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
