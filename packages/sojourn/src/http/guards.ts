import { SessionError } from '../errors.js'
import { type RecentAuthRequirement, requireRecentAuth } from '../require-recent-auth.js'
import type { Session, SessionKind } from '../session.js'
import { withChallenge } from './problem.js'
import type { Visit } from './visit.js'

export interface RequireOptions {
  /** Kinds of session that will do beside a whole one of a user: `pending` for the page that asks for the second factor. @default none */
  readonly allow?: ReadonlyArray<'pending' | 'anonymous'>
  /** All of these. */
  readonly permissions?: readonly string[]
  /** At least one of these. */
  readonly roles?: readonly string[]
  /** A login that is recent or strong enough; a whole one, whatever `allow` says. */
  readonly recentAuth?: RecentAuthRequirement
}

/** The refusal of a request without any credentials: it names no error, since the client may not have known (RFC 6750 3.1). */
export function noCredentials(): SessionError {
  const told = 'No session token was sent. Send it as the cookie, or as Authorization: Bearer <token>, or log in.'
  return withChallenge(new SessionError('TOKEN_MALFORMED', told), { error: 'none' })
}

/** Why a session that is not whole does not do here; as a validation says it. */
function notWhole(kind: SessionKind): SessionError {
  return kind === 'pending'
    ? new SessionError('REAUTHENTICATION_REQUIRED', 'The second factor of this login is missing. Ask for it, or log in again.', {
        reason: 'second-factor',
      })
    : new SessionError('REAUTHENTICATION_REQUIRED', 'Nobody has logged in to this session. Log in to get one of your own.', {
        reason: 'anonymous',
      })
}

/** The session of the request. Throws why there is none. */
export function requireSession(visit: Visit, { allow = [], permissions = [], roles = [], recentAuth }: RequireOptions = {}): Session {
  visit.wasRead = true
  const { partial, refusal } = visit
  const session = visit.session ?? (partial !== undefined && allow.some((kind) => kind === partial.kind) ? partial : undefined)
  if (session === undefined) throw partial === undefined ? (refusal ?? noCredentials()) : notWhole(partial.kind)
  const missing = permissions.filter((permission) => !session.permissions.includes(permission))
  if (missing.length > 0 || (roles.length > 0 && !roles.some((role) => session.roles.includes(role)))) {
    const told = new SessionError('PERMISSION_DENIED', 'This session does not have the permissions that this takes.')
    throw withChallenge(told, { error: 'insufficient_scope', scope: permissions })
  }
  if (recentAuth !== undefined) requireRecentAuth(session, recentAuth, visit.http.clock)
  return session
}
