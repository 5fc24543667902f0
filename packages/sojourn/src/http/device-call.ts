import type { DeviceAnswer } from '../device.js'
import { cookieValue } from './credentials.js'
import type { IncomingRequest } from './incoming.js'
import type { HttpSettings } from './options.js'
import type { ProblemAnswer } from './problem.js'

/** An answer to the browser's own request, whole: a browser acts on its status. */
function sent({ status, headers, body }: DeviceAnswer): ProblemAnswer {
  return { status, headers: { ...headers, 'Content-Type': 'application/json' }, body: body === undefined ? '' : JSON.stringify(body) }
}

/**
 * Answers what browsers call by themselves for sessions that are bound to them (Device Bound Session Credentials); undefined
 * for every other request. No page of another site can send these: it may set neither header without being asked for (CORS),
 * and no script may set one that begins with `Sec-`.
 */
export function deviceCall({ deviceBound, cookie }: HttpSettings, incoming: IncomingRequest): Promise<ProblemAnswer> | undefined {
  if (deviceBound === undefined || incoming.method !== 'POST' || !incoming.url.startsWith(`${deviceBound.path}/`)) return undefined
  const [path = ''] = incoming.url.split('?', 1)
  const found = cookieValue(incoming.header('cookie'), cookie.name)
  // Two different ones leave open who asks, and are none.
  const token = typeof found === 'string' ? undefined : found.value
  const response = incoming.header('secure-session-response')
  if (path === `${deviceBound.path}/register`) return deviceBound.register({ token, response }).then(sent)
  if (path !== `${deviceBound.path}/refresh`) return undefined
  return deviceBound.refresh({ sessionId: incoming.header('sec-secure-session-id'), token, response }).then(sent)
}
