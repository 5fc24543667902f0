import { isSessionError } from '../errors.js'
import { noCredentials } from './guards.js'
import { demandOpenHead } from './login.js'
import { contextOf, type HandedSession, hand, noteRefusal, type Visit } from './visit.js'

/** Gives the session that the request came with a new token, also one whose life has just ended. Throws the refusal. */
export async function renew(visit: Visit): Promise<HandedSession> {
  const { http, presented } = visit
  if (presented === undefined) throw noCredentials()
  demandOpenHead(visit, presented.transport)
  try {
    return hand(visit, await http.sessions.renewSession(presented.token, contextOf(visit)), presented.transport)
  } catch (error) {
    if (isSessionError(error) && error.status === 401) noteRefusal(visit, error)
    throw error
  }
}
