import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isSessionError, type SessionError, type SessionErrorCode } from 'sojourn'

/** One wrong place of a request. */
export interface Fault {
  /** Dotted, for example `context.deviceId`; empty for the whole body. */
  readonly path: string
  readonly message: string
}

interface ProblemParts {
  readonly path?: string
  readonly errors?: readonly Fault[]
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the document (RFC 9457 3.2). */
  readonly members?: Readonly<Record<string, unknown>>
  /** Whether no honest client sends such a request, so that somebody should look at it. */
  readonly isSuspicious?: boolean
}

/** Thrown to end a request with a problem document that no error of the library stands for. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: ContentfulStatusCode
  readonly code: SessionErrorCode | 'INTERNAL_ERROR'
  readonly parts: ProblemParts

  constructor(status: ContentfulStatusCode, code: SessionErrorCode | 'INTERNAL_ERROR', detail: string, parts: ProblemParts = {}) {
    super(detail)
    this.status = status
    this.code = code
    this.parts = parts
  }
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

/** Longer names are of nobody's making; one may be a token that stands in the wrong place, which an answer must not repeat. */
const LONGEST_NAME = 40

/** The path of a fault from the names on the way to it. */
export function faultPath(names: ReadonlyArray<PropertyKey>): string {
  return names
    .map(String)
    .map((name) => (name.length > LONGEST_NAME ? '(long name)' : name))
    .join('.')
}

/** For every error of a request that means a wrong place in what was sent. */
export function faulty(faults: readonly Fault[]): Problem {
  const [first] = faults
  const detail = faults.map((fault) => (fault.path === '' ? fault.message : `${fault.path}: ${fault.message}`)).join(' ')
  return new Problem(400, 'INVALID_ARGUMENT', detail, {
    ...(first === undefined || first.path === '' ? {} : { path: first.path }),
    ...(faults.length > 1 ? { errors: faults } : {}),
  })
}

/** Members that a `SessionError` adds to a problem document and to the `error` of a validation. */
export function errorMembers(error: SessionError): Readonly<Record<string, unknown>> {
  const { expired, renewable, reason, retryAfter, path, nonce } = error
  return {
    ...(path === undefined ? {} : { path }),
    ...(expired === undefined ? {} : { expired }),
    ...(renewable === undefined ? {} : { renewable }),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(nonce === undefined ? {} : { nonce }),
  }
}

/** The challenge that belongs to a refused session token (RFC 6750 3.1; RFC 9470 for a login that is too old). */
function challenge({ code, reason }: SessionError): string {
  // RFC 9449 7.1: which scheme the token wants, and whether the proof or the token was wrong.
  if (reason === 'proof.missing') return 'DPoP realm="session", error="invalid_token", algs="ES256 EdDSA"'
  if (reason === 'proof.nonce') return 'DPoP realm="session", error="use_dpop_nonce", algs="ES256 EdDSA"'
  if (reason === 'proof.invalid' || reason === 'proof.replayed')
    return 'DPoP realm="session", error="invalid_dpop_proof", algs="ES256 EdDSA"'
  const stale = code === 'REAUTHENTICATION_REQUIRED' || code === 'RENEWAL_LIMIT_REACHED'
  const error = stale ? 'insufficient_user_authentication' : 'invalid_token'
  return `Bearer realm="session", error="${error}"`
}

function problemOfSessionError(error: SessionError): Problem {
  const { status, retryAfter, nonce } = error
  // A configuration cannot become wrong by a request; if it does, the caller has no business with the details.
  if (error.code === 'CONFIG_INVALID') return unexpected()
  return new Problem(status as ContentfulStatusCode, error.code, error.message, {
    members: errorMembers(error),
    headers: {
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(retryAfter))) }),
      ...(nonce === undefined ? {} : { 'DPoP-Nonce': nonce }),
      ...(status === 401 ? { 'WWW-Authenticate': challenge(error) } : {}),
    },
  })
}

function unexpected(): Problem {
  return new Problem(500, 'INTERNAL_ERROR', 'The service failed at this request. The request id leads to the cause in its log.')
}

/** The problem that stands for anything thrown. What is not known says nothing about itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  return isSessionError(error) ? problemOfSessionError(error) : unexpected()
}

/** The type that draft-ietf-httpapi-ratelimit-headers registers for a quota that is used up. */
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded'

/** The document of RFC 9457. */
export function problemDocument(problem: Problem): Readonly<Record<string, unknown>> {
  const { path, errors, members } = problem.parts
  const isQuota = problem.code === 'RATE_LIMITED'
  return {
    type: isQuota ? QUOTA_EXCEEDED : `https://sojourn.dev/problems/${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: TITLES[problem.code],
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    ...(path === undefined ? {} : { path }),
    ...members,
    ...(isQuota ? { 'violated-policies': ['guesses'] } : {}),
    ...(errors === undefined ? {} : { errors }),
  }
}

/** Answers with a problem; headers that were set before, cookies among them, stay. */
export function answerProblem(c: Context, problem: Problem): Response {
  for (const [name, value] of Object.entries(problem.parts.headers ?? {})) c.header(name, value)
  c.header('Content-Type', 'application/problem+json')
  return c.body(JSON.stringify(problemDocument(problem)), problem.status)
}
