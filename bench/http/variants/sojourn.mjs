import { sojourn as onExpress } from 'sojourn/express'
import { sojourn as onFastify } from 'sojourn/fastify'
import { sojourn as onHono } from 'sojourn/hono'
import { sojourn as onNode } from 'sojourn/node'
import { sojournWithRedis } from '../../lib/sojourn-manager.mjs'
import { CLIENT } from '../client.mjs'

const COOKIE = '__Host-bench'

/** Sojourn with opaque tokens and records in Redis. */
export async function openSojourn(url, options) {
  const sessions = await sojournWithRedis(url, options)
  const given = { sessions, cookie: { name: COOKIE } }
  const user = (request) => request.sojourn.session?.userId
  return {
    node: { middleware: onNode(given), user },
    express: { middleware: onExpress(given), user },
    fastify: { register: (app) => app.register(onFastify(given)), user },
    hono: { middleware: onHono(given), user: (c) => c.get('sojourn').session?.userId },
    async credentials(count) {
      const found = []
      for (let number = 0; number < count; number++) {
        const { token } = await sessions.createSession(`user-${number}`, CLIENT, { roles: ['user'], permissions: ['read', 'write'] })
        found.push(['cookie', `${COOKIE}=${token}`])
      }
      return found
    },
    /** Writes the first use of each session, which comes once in the life of a session, before anything is measured. */
    settle: () => sessions.flush(),
    close: () => sessions.close(),
  }
}
