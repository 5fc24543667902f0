import { isSessionError, type SessionError, type SessionErrorCode } from '../errors.js'

/** An answer that refuses a request: a problem document (RFC 9457) and the headers that belong to it. */
export interface ProblemAnswer {
  readonly status: number
  /** `Content-Type` and `Cache-Control` included. */
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

/** What a client must prove to be let in, for the challenge of a 401 or 403 (RFC 6750 3, RFC 9470 3). */
export interface Challenge {
  /** `none`: no credentials were sent, so the client is told that some are needed and not that any are wrong. */
  readonly error: 'none' | 'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'insufficient_user_authentication'
  readonly scope?: readonly string[]
  readonly acrValues?: readonly string[]
  /** Seconds. */
  readonly maxAge?: number
}

const TITLES: Readonly<Record<SessionErrorCode | 'INTERNAL_ERROR', string>> = Object.freeze({
  TOKEN_MALFORMED: 'This is not a session token',
  TOKEN_INVALID: 'Token not accepted',
  SESSION_EXPIRED: 'Session expired',
  SESSION_NOT_FOUND: 'No such session',
  SESSION_REVOKED: 'Session ended',
  CONTEXT_MISMATCH: 'Used from somewhere else',
  REAUTHENTICATION_REQUIRED: 'Log in again',
  TOKEN_REUSED: 'Token used after it was replaced',
  RENEWAL_TOO_EARLY: 'Too early to renew',
  RENEWAL_LIMIT_REACHED: 'Renewed too often',
  SESSION_LIMIT_REACHED: 'Too many sessions',
  PERMISSION_DENIED: 'Not permitted',
  CSRF_REJECTED: 'Request from another site',
  INVALID_ARGUMENT: 'The request is not right',
  CONFIG_INVALID: 'Configuration is not right',
  CONFLICT: 'Changed at the same time',
  RATE_LIMITED: 'Too many requests',
  STORE_UNAVAILABLE: 'Session store does not answer',
  INTERNAL_ERROR: 'The service failed',
})

/** The type that draft-ietf-httpapi-ratelimit-headers registers for a quota that is used up. */
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded'

/** The members of a problem document that its code decides. */
export function problemKind(code: SessionErrorCode | 'INTERNAL_ERROR'): Readonly<Record<string, unknown>> {
  if (code === 'RATE_LIMITED') return { type: QUOTA_EXCEEDED, title: TITLES[code], 'violated-policies': ['guesses'] }
  return { type: `https://sojourn.dev/problems/${code.toLowerCase().replaceAll('_', '-')}`, title: TITLES[code] }
}

/** Members that a `SessionError` adds to a problem document and to the `error` of a validation. */
export function errorMembers(error: SessionError): Readonly<Record<string, unknown>> {
  const { expired, renewable, reason, retryAfter, path, nonce, maxAge, acrValues } = error
  return {
    ...(path === undefined ? {} : { path }),
    ...(expired === undefined ? {} : { expired }),
    ...(renewable === undefined ? {} : { renewable }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(acrValues === undefined ? {} : { acrValues }),
  }
}

/** Challenges of errors that need more than their code to tell one. Beside the error, whose shape is closed. */
const challenges = new WeakMap<SessionError, Challenge>()

/** Says with which challenge an error is answered. */
export function withChallenge(error: SessionError, challenge: Challenge): SessionError {
  challenges.set(error, challenge)
  return error
}

function challengeOf(error: SessionError): Challenge | undefined {
  const told = challenges.get(error)
  if (told !== undefined) return told
  if (error.code === 'PERMISSION_DENIED') return { error: 'insufficient_scope' }
  if (error.status !== 401) return undefined
  const stale = error.code === 'REAUTHENTICATION_REQUIRED' || error.code === 'RENEWAL_LIMIT_REACHED'
  return {
    error: stale ? 'insufficient_user_authentication' : 'invalid_token',
    ...(error.acrValues === undefined ? {} : { acrValues: error.acrValues }),
    ...(error.maxAge === undefined ? {} : { maxAge: error.maxAge }),
  }
}

/** Characters that can stand in a quoted list of a challenge (RFC 6749 3.3); a name with others is left out. */
const WORD = /^[\x21\x23-\x5b\x5d-\x7e]+$/

function listParameter(name: string, words: readonly string[] = []): readonly string[] {
  const fit = words.filter((word) => WORD.test(word))
  return fit.length === 0 ? [] : [`${name}="${fit.join(' ')}"`]
}

/** RFC 9449 7.1: which scheme the token wants, and whether the proof or the token was wrong. */
const PROOF_FAULTS: ReadonlyMap<string, string> = new Map([
  ['proof.missing', 'invalid_token'],
  ['proof.nonce', 'use_dpop_nonce'],
  ['proof.invalid', 'invalid_dpop_proof'],
  ['proof.replayed', 'invalid_dpop_proof'],
])

/** The `WWW-Authenticate` header that belongs to a refusal; undefined where none does. */
export function wwwAuthenticate(error: SessionError): string | undefined {
  const proof = PROOF_FAULTS.get(error.reason ?? '')
  if (proof !== undefined) return `DPoP realm="session", error="${proof}", algs="ES256 EdDSA"`
  const challenge = challengeOf(error)
  if (challenge === undefined) return undefined
  return `Bearer ${[
    'realm="session"',
    ...(challenge.error === 'none' ? [] : [`error="${challenge.error}"`]),
    ...listParameter('scope', challenge.scope),
    ...listParameter('acr_values', challenge.acrValues),
    ...(challenge.maxAge === undefined ? [] : [`max_age="${challenge.maxAge}"`]),
  ].join(', ')}`
}

/** Headers that belong to a refusal, whatever its body. */
export function refusalHeaders(error: SessionError): Readonly<Record<string, string>> {
  const challenge = wwwAuthenticate(error)
  return {
    ...(error.retryAfter === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(error.retryAfter))) }),
    ...(error.nonce === undefined ? {} : { 'DPoP-Nonce': error.nonce }),
    ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
  }
}

/**
 * The answer to a request that ended in this error. What is no refusal of this library, and a configuration that is wrong,
 * say nothing about themselves: that is for the log.
 */
export function problemAnswer(error: unknown): ProblemAnswer {
  const known = isSessionError(error) && error.code !== 'CONFIG_INVALID'
  const document = known
    ? { ...problemKind(error.code), status: error.status, detail: error.message, code: error.code, ...errorMembers(error) }
    : { ...problemKind('INTERNAL_ERROR'), status: 500, detail: 'The request failed. Its cause is in the log.', code: 'INTERNAL_ERROR' }
  return {
    status: document.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...(known ? refusalHeaders(error) : {}),
      // The same address answers other pages differently.
      ...(known && error.code === 'CSRF_REJECTED' ? { Vary: 'Cookie, Sec-Fetch-Site, Origin, Referer' } : {}),
    },
    body: JSON.stringify(document),
  }
}
