import { getRequestListener } from '@hono/node-server'
import { createService, DEFAULT_SETTINGS } from '@sojourn/server'
import { sojournWithRedis } from '../../lib/sojourn-manager.mjs'
import { CLIENT } from '../client.mjs'

const KEY = 'a-service-key-of-this-benchmark-which-is-long'
const HEAD = `host: 127.0.0.1\r\nauthorization: Bearer ${KEY}\r\naccept: application/json\r\n`

function post(token) {
  const body = JSON.stringify({ token, context: CLIENT })
  return `POST /api/v1/sessions/validate HTTP/1.1\r\n${HEAD}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** The service: its emptiest call, and the validation of a session. */
export async function open({ url }) {
  const sessions = await sojournWithRedis(url)
  const settings = { ...DEFAULT_SETTINGS, serviceKey: KEY, adminKey: `${KEY}-of-the-operator` }
  const listener = getRequestListener(createService({ sessions, settings }).fetch)
  return {
    handlers: [listener, listener],
    async requests(count) {
      const checked = []
      for (let number = 0; number < count; number++) {
        const { token } = await sessions.createSession(`user-${number}`, CLIENT, { roles: ['user'], permissions: ['read', 'write'] })
        checked.push(post(token))
      }
      return { bare: [`GET /healthz HTTP/1.1\r\n${HEAD}\r\n`], checked }
    },
    settle: () => sessions.flush(),
    close: () => sessions.close(),
  }
}
