import type { Context } from 'hono'
import type { Session } from 'sojourn'
import { isDead } from 'sojourn/http'
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
  const renew = presented.transport === 'cookie'
  const options = { renew, ...proofsOf(service, c, presented) }
  const result = await service.sessions.validateSession(presented.token, callerContext(service, c), options)
  if (!result.isValid) {
    takeDeadCookie(service, c, presented, result.error)
    throw result.error
  }
  tellNonce(service, c, presented)
  if (result.renewed !== undefined) setSessionCookie(service, c, result.renewed)
  return result.session
}

/** Takes the cookie back if this refusal proves that it is dead. */
export function takeDeadCookie(service: Service, c: Context, presented: Presented, error: unknown): void {
  if (presented.transport === 'cookie' && isDead(error)) clearSessionCookie(service, c)
}
