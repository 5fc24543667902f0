import { parseDuration } from '../duration.js'
import { SessionError } from '../errors.js'
import type { Session } from '../sessions.js'
import { withChallenge } from './problem.js'
import type { Visit } from './visit.js'

export interface RecentAuthOptions {
  /** Milliseconds or `5m`: how long ago the person may have proved who they are. @default '5m' */
  readonly maxAge?: number | string
  /** Authentication context classes of which the login must have had one (RFC 9470). */
  readonly acr?: string | readonly string[]
  /** Authentication methods that the login must all have used (RFC 8176), for example `['otp']`. */
  readonly amr?: readonly string[]
}

export interface RequireOptions {
  /** All of these. */
  readonly permissions?: readonly string[]
  /** At least one of these. */
  readonly roles?: readonly string[]
  /** A login that is recent or strong enough. */
  readonly recentAuth?: RecentAuthOptions
}

const RECENT = '5m'

/** The refusal of a request without any credentials: it names no error, since the client may not have known (RFC 6750 3.1). */
export function noCredentials(): SessionError {
  const told = 'No session token was sent. Send it as the cookie, or as Authorization: Bearer <token>, or log in.'
  return withChallenge(new SessionError('TOKEN_MALFORMED', told), { error: 'none' })
}

/** The session of the request. Throws why there is none. */
export function requireSession(visit: Visit, { permissions = [], roles = [], recentAuth }: RequireOptions = {}): Session {
  visit.wasRead = true
  const { session, refusal } = visit
  if (session === undefined) throw refusal ?? noCredentials()
  const missing = permissions.filter((permission) => !session.permissions.includes(permission))
  if (missing.length > 0 || (roles.length > 0 && !roles.some((role) => session.roles.includes(role)))) {
    const told = new SessionError('PERMISSION_DENIED', 'This session does not have the permissions that this takes.')
    throw withChallenge(told, { error: 'insufficient_scope', scope: permissions })
  }
  if (recentAuth !== undefined) demandRecentAuth(visit, session, recentAuth)
  return session
}

/** Throws `REAUTHENTICATION_REQUIRED` if the login is too old or too weak, with the challenge that says what is needed (RFC 9470). */
function demandRecentAuth(visit: Visit, session: Session, { maxAge = RECENT, acr, amr = [] }: RecentAuthOptions): void {
  const age = parseDuration(maxAge)
  if (age === undefined)
    throw new SessionError('CONFIG_INVALID', 'maxAge: allowed are milliseconds or a text such as 5m.', { path: 'maxAge' })
  const classes = acr === undefined ? [] : typeof acr === 'string' ? [acr] : acr
  const isRecent = visit.http.clock.now() - session.authTime.getTime() <= age
  const isStrong =
    (classes.length === 0 || (session.acr !== undefined && classes.includes(session.acr))) &&
    amr.every((method) => session.amr?.includes(method) === true)
  if (isRecent && isStrong) return
  const told = new SessionError(
    'REAUTHENTICATION_REQUIRED',
    'This takes a login that is more recent or stronger. Log in again, then repeat it.',
  )
  throw withChallenge(told, { error: 'insufficient_user_authentication', acrValues: classes, maxAge: Math.floor(age / 1_000) })
}
