import type { DpopRequest, ProofOptions } from '../sessions.js'
import { cookieValue } from './credentials.js'
import type { Visit } from './visit.js'

/** The address is the one that is configured, or the path alone; never the one in `Host` (RFC 9449 4.3, DPP-7). */
function dpopRequest({ http, incoming }: Visit): DpopRequest {
  const question = incoming.url.indexOf('?')
  const path = question < 0 ? incoming.url : incoming.url.slice(0, question)
  return {
    method: incoming.method,
    url: http.publicOrigin === undefined ? path : new URL(path, http.publicOrigin).href,
    proof: incoming.header('dpop'),
  }
}

/** What the client showed beside its token: the proof by its key, the cookie of its bound browser. */
export function proofsOf(visit: Visit): ProofOptions {
  const { http, incoming, presented } = visit
  const name = http.deviceBound?.cookieName
  // A sibling host can plant a second cookie of the same name, but not make one that is good: then neither counts.
  const found = name === undefined ? 'none' : cookieValue(incoming.header('cookie'), name)
  return {
    ...(typeof found === 'string' ? {} : { boundCookie: found.value }),
    ...(presented?.isDpop === true ? { dpop: dpopRequest(visit) } : {}),
  }
}
