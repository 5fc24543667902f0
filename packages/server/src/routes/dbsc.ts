import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { DeviceAnswer, DeviceBound } from 'sojourn'
import { cookieValue } from 'sojourn/http'
import { type Call, defineCall, type Service } from '../call.js'

/** What browsers call by themselves for sessions that are bound to them; nothing unless that is enabled. */
export function dbscCalls(service: Service): readonly Call[] {
  const { deviceBound } = service.sessions
  return deviceBound === undefined ? [] : [register(service, deviceBound), refresh(service, deviceBound)]
}

const instructions = z.record(z.string(), z.unknown()).openapi('DeviceBoundSession', {
  description: 'JSON session instructions of Device Bound Session Credentials, or `continue: false`.',
})

/** The token in the cookie. Two different ones leave open who asks, and are none. */
function cookieToken({ cookie }: Service, c: Context): string | undefined {
  const found = cookieValue(c.req.header('cookie'), cookie.name)
  return typeof found === 'string' ? undefined : found.value
}

/** Sends an answer as it is: a browser acts on its status. */
function sendAnswer(c: Context, { status, headers, body }: DeviceAnswer): Response {
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  return body === undefined ? c.body(null, status) : c.json(body, status)
}

// No page of another site can send these requests: it may set neither header without being asked for (CORS), which nobody allows,
// and no script may set one that begins with Sec-.
const register = (service: Service, deviceBound: DeviceBound): Call =>
  defineCall({
    method: 'post',
    path: `${deviceBound.path}/register` as `/${string}`,
    who: 'anyone',
    summary: 'Bind my session to this browser (Device Bound Session Credentials)',
    answers: {
      200: { description: 'Bound, with the short cookie.', schema: instructions },
      401: {
        description: 'There is no session to bind, or it was ended because another key was shown for it.',
        mediaType: 'application/json',
      },
      403: { description: 'The proof is not good.', mediaType: 'application/json' },
      503: { description: 'The store does not answer.', mediaType: 'application/json' },
    },
    async run({ c }) {
      const response = c.req.header('secure-session-response')
      return sendAnswer(c, await deviceBound.register({ token: cookieToken(service, c), response }))
    },
  })

const refresh = (service: Service, deviceBound: DeviceBound): Call =>
  defineCall({
    method: 'post',
    path: `${deviceBound.path}/refresh` as `/${string}`,
    who: 'anyone',
    summary: 'The next short cookie of a bound browser (Device Bound Session Credentials)',
    answers: {
      200: { description: 'The short cookie, or `continue: false` for a session that is over.', schema: instructions },
      401: { description: 'The proof was forged; the session was ended.', mediaType: 'application/json' },
      403: { description: 'Sign the challenge in `Secure-Session-Challenge` and ask again.', mediaType: 'application/json' },
      429: { description: 'Asked for too often.', mediaType: 'application/json' },
      503: { description: 'The store does not answer.', mediaType: 'application/json' },
    },
    async run({ c }) {
      const response = c.req.header('secure-session-response')
      const sessionId = c.req.header('sec-secure-session-id')
      return sendAnswer(c, await deviceBound.refresh({ sessionId, token: cookieToken(service, c), response }))
    },
  })
