import type { Ended } from '../sessions.js'
import { isExempt, isSafeMethod } from './csrf.js'
import { demandOpenHead, namesNoSession } from './login.js'
import { demandOwnPage, refuseForeign } from './own-page.js'
import { clearCookies, type Visit } from './visit.js'

/**
 * Ends the session that the request came with and takes the cookie back; also where the session had ended before or there is
 * none. Throws `CSRF_REJECTED` for what no page of ours sent and for `GET`, which any image on any page can send, and
 * `STORE_UNAVAILABLE` if the end could not be stored: then the cookie stays, for the next try.
 */
export async function logout(visit: Visit): Promise<Ended> {
  const { http, incoming, presented } = visit
  const transport = presented?.transport ?? (http.accept === 'bearer' ? 'bearer' : 'cookie')
  if (transport === 'cookie') {
    if (isSafeMethod(incoming.method) && !isExempt(http.csrf.exempt, incoming.url))
      refuseForeign(visit, `A logout by ${incoming.method} could be sent by any page. Log out by POST.`)
    await demandOwnPage(visit)
  }
  demandOpenHead(visit, transport)
  // Where the access token is gone already, the refresh token still says which session is meant.
  const token = presented === undefined ? http.refreshCookie?.in(incoming) : namesNoSession(visit) ? undefined : presented.token
  const ended: Ended = token === undefined ? { level: 'everywhere' } : await http.sessions.terminateSession(token, { reason: 'logout' })
  if (transport === 'cookie') clearCookies(visit)
  visit.clearsSite = true
  visit.session = undefined
  visit.partial = undefined
  visit.presented = undefined
  visit.refusal = undefined
  return ended
}
