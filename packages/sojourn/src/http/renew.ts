import { isSessionError } from '../errors.js'
import type { Presented } from './credentials.js'
import { noCredentials } from './guards.js'
import { demandOpenHead } from './login.js'
import { demandOwnPage } from './own-page.js'
import { proofsOf } from './proofs.js'
import { contextOf, type HandedSession, hand, noteRefusal, type Visit } from './visit.js'

/** What renews: the refresh token where it has a cookie of its own, else the token that opens the session. */
function renewing({ http, incoming, presented }: Visit): Presented | undefined {
  if (presented !== undefined && presented.transport !== 'cookie') return presented
  const token = http.refreshCookie?.in(incoming)
  return token === undefined ? presented : { token, transport: 'cookie' }
}

/** Gives the session that the request came with a new token, also one whose life has just ended. Throws the refusal. */
export async function renew(visit: Visit): Promise<HandedSession> {
  const { http, presented } = visit
  const renewed = renewing(visit)
  if (renewed === undefined) throw noCredentials()
  visit.presented = renewed
  // Without a session that stands the page has not been judged: nothing was done in anybody's name until now.
  if (renewed !== presented) await demandOwnPage(visit)
  demandOpenHead(visit, renewed.transport)
  try {
    const issued = await http.sessions.renewSession(renewed.token, contextOf(visit), proofsOf(visit))
    return hand(visit, issued, renewed.transport)
  } catch (error) {
    if (isSessionError(error) && error.status === 401) noteRefusal(visit, error)
    throw error
  }
}
