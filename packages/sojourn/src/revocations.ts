/** A session that was ended, or is being ended at this moment, while JWT tokens of it may still be out. */
export interface RevokedSession {
  /** Public id, as `sid` in the token. */
  readonly sid: string
  /** Seconds since the epoch: no token of it is younger than this, so the entry may be dropped then. */
  readonly exp: number
}

/** Logins of one user, or of everybody, that count no more. */
export interface RevokedLogins {
  /** SHA-256 over `<salt>.<sub>` in base64url; absent for everybody. */
  readonly subject?: string
  /** Seconds since the epoch: tokens whose `auth_time` is below it are refused. */
  readonly before: number
  /** Public id of the one session that stays. */
  readonly except?: string
  /** Seconds since the epoch, as above. */
  readonly exp: number
}

/** What a verifier that never asks has to know beside the public keys. */
export interface RevocationFeed {
  readonly issuer: string
  /** Seconds: no token lives longer. One that claims to is refused, since what ended it may be in the feed no more. */
  readonly maxLifetime: number
  /** Names of the keys whose tokens are good. A key that was killed is not among them. */
  readonly keys: readonly string[]
  readonly salt: string
  readonly sessions: readonly RevokedSession[]
  readonly logins: readonly RevokedLogins[]
  /** Another one for each other content. */
  readonly version: string
  /** To be given back as `since`: the answer then repeats what may have changed, and not everything. */
  readonly next: string
}
