import type { Context } from 'hono'
import { isSessionError, type Session, type SessionError } from 'sojourn'
import type { Service } from './call.js'
import { callerContext } from './caller-context.js'
import { clearSessionCookie, setSessionCookie } from './cookies.js'
import type { Presented } from './credentials.js'
import { proofsOf, tellNonce } from './proofs.js'

/**
 * The session of the user who asks. A token that was renewed on the way goes out as the new cookie; for a bearer caller none
 * is made, since there is no place for it in the answer: it renews by the refresh call. Throws the refusal as the answer, and
 * takes the cookie back where it will never be good again.
 */
export async function signedIn(service: Service, c: Context, presented: Presented): Promise<Session> {
  const { sessions, settings, clock } = service
  const result = await sessions.validateSession(presented.token, callerContext(c), {
    renew: presented.transport === 'cookie',
    ...proofsOf(service, c, presented),
  })
  if (!result.isValid) {
    takeDeadCookie(service, c, presented, result.error)
    throw result.error
  }
  tellNonce(service, c, presented)
  if (result.renewed !== undefined) setSessionCookie(c, settings.cookie, result.renewed, clock.now())
  return result.session
}

/** Takes the cookie back if this refusal proves that it is dead. */
export function takeDeadCookie({ settings }: Service, c: Context, presented: Presented, error: unknown): void {
  if (presented.transport === 'cookie' && isSessionError(error) && isDead(error)) clearSessionCookie(c, settings.cookie)
}

/**
 * Whether a refusal proves that this token will never be accepted again. An outage proves nothing; a session that can still
 * be renewed, or that is refused here but good elsewhere, is not over. So whoever loses a race of renewals keeps the cookie.
 */
function isDead(error: SessionError): boolean {
  switch (error.code) {
    case 'TOKEN_MALFORMED':
    case 'TOKEN_INVALID':
    case 'SESSION_NOT_FOUND':
    case 'SESSION_REVOKED':
    case 'TOKEN_REUSED':
      return true
    case 'SESSION_EXPIRED':
      return error.renewable !== true
    default:
      return false
  }
}
