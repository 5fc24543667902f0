/** Every way in which an operation can be refused or fail. The union is closed: a new code is a new public promise. */
export type SessionErrorCode =
  | 'TOKEN_MALFORMED'
  | 'TOKEN_INVALID'
  | 'SESSION_EXPIRED'
  | 'SESSION_NOT_FOUND'
  | 'SESSION_REVOKED'
  | 'CONTEXT_MISMATCH'
  | 'REAUTHENTICATION_REQUIRED'
  | 'TOKEN_REUSED'
  | 'RENEWAL_TOO_EARLY'
  | 'RENEWAL_LIMIT_REACHED'
  | 'SESSION_LIMIT_REACHED'
  | 'PERMISSION_DENIED'
  | 'CSRF_REJECTED'
  | 'INVALID_ARGUMENT'
  | 'CONFIG_INVALID'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'STORE_UNAVAILABLE'

/** The HTTP status that goes with each code. */
export const STATUS_OF_CODE: Readonly<Record<SessionErrorCode, number>> = Object.freeze({
  TOKEN_MALFORMED: 401,
  TOKEN_INVALID: 401,
  SESSION_EXPIRED: 401,
  SESSION_NOT_FOUND: 401,
  SESSION_REVOKED: 401,
  CONTEXT_MISMATCH: 401,
  REAUTHENTICATION_REQUIRED: 401,
  TOKEN_REUSED: 401,
  RENEWAL_TOO_EARLY: 409,
  RENEWAL_LIMIT_REACHED: 401,
  SESSION_LIMIT_REACHED: 409,
  PERMISSION_DENIED: 403,
  CSRF_REJECTED: 403,
  INVALID_ARGUMENT: 400,
  CONFIG_INVALID: 500,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  STORE_UNAVAILABLE: 503,
})

/** What a caller can act on without reading the message. Only the fields that belong to the code are set. */
export interface SessionErrorDetails {
  /** `SESSION_EXPIRED`: the clock that ran out. */
  readonly expired?: 'idle' | 'lifetime' | 'absolute'
  /** `SESSION_EXPIRED`: true while `renewSession` would still accept the token. */
  readonly renewable?: boolean
  /** `SESSION_REVOKED`, `TOKEN_REUSED`: why the session ended, for example `logout`. `CONTEXT_MISMATCH`: which proof of possession failed, for example `proof.missing`. */
  /**
   * `SESSION_REVOKED`, `TOKEN_REUSED`: why the session ended, for example `logout` or `limit`. `REAUTHENTICATION_REQUIRED`:
   * what is missing, for example `second-factor`, `anonymous` or `replaced`.
   */
  readonly reason?: string
  /** `RENEWAL_TOO_EARLY`, `STORE_UNAVAILABLE`, `RATE_LIMITED`: seconds to wait before the next try. */
  readonly retryAfter?: number
  /** `INVALID_ARGUMENT`, `CONFIG_INVALID`: where the bad value stands, for example `context.ipAddress`. */
  readonly path?: string
  /** `CONTEXT_MISMATCH` with `reason` `proof.nonce`: what the next proof must be made over (RFC 9449 8). */
  readonly nonce?: string
  /** `REAUTHENTICATION_REQUIRED` of an operation that wants a recent login: how many seconds old it may be (RFC 9470). */
  readonly maxAge?: number
  /** `REAUTHENTICATION_REQUIRED` of an operation that wants a stronger login: the classes that will do (RFC 9470). */
  readonly acrValues?: readonly string[]
}

/**
 * The one error type of this library. `code` says what happened, `status` is the HTTP status to answer with, the message
 * says what to do next. A message never carries a token, a key or another person's data.
 */
export class SessionError extends Error {
  override readonly name = 'SessionError'
  readonly code: SessionErrorCode
  readonly status: number
  // Declared only: a field that does not belong to the code is absent, not undefined.
  declare readonly expired?: 'idle' | 'lifetime' | 'absolute'
  declare readonly renewable?: boolean
  declare readonly reason?: string
  declare readonly retryAfter?: number
  declare readonly path?: string
  declare readonly nonce?: string
  declare readonly maxAge?: number
  declare readonly acrValues?: readonly string[]

  constructor(code: SessionErrorCode, message: string, details: SessionErrorDetails & { readonly cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = STATUS_OF_CODE[code]
    if (details.expired !== undefined) this.expired = details.expired
    if (details.renewable !== undefined) this.renewable = details.renewable
    if (details.reason !== undefined) this.reason = details.reason
    if (details.retryAfter !== undefined) this.retryAfter = details.retryAfter
    if (details.path !== undefined) this.path = details.path
    if (details.nonce !== undefined) this.nonce = details.nonce
    if (details.maxAge !== undefined) this.maxAge = details.maxAge
    if (details.acrValues !== undefined) this.acrValues = details.acrValues
  }
}

/**
 * True for a `SessionError`, also for one that was made by another copy of this library (ESM beside CommonJS).
 */
export function isSessionError(value: unknown): value is SessionError {
  if (value instanceof SessionError) return true
  return value instanceof Error && value.name === 'SessionError' && 'code' in value && String(value.code) in STATUS_OF_CODE
}

/** Makes the error for a store that did not answer: 503, the session is neither confirmed nor denied. */
export function storeUnavailable(cause: unknown, retryAfter = 1): SessionError {
  return new SessionError(
    'STORE_UNAVAILABLE',
    'The session store did not answer, so nothing can be said about this session. Keep the token and try again.',
    { retryAfter, cause },
  )
}
