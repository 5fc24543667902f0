import { promisify } from 'node:util'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'

const SECRET = 'a secret of this benchmark, of 32 characters'
const LIFE_MS = 3_600_000

/** @fastify/session with its defaults, kept in Redis by connect-redis. */
export async function open({ url }) {
  const client = await createClient({ url }).connect()
  const store = new RedisStore({ client })
  const set = promisify(store.set.bind(store))
  let signed
  return {
    fastify: {
      async register(app) {
        await app.register(cookie)
        await app.register(session, { store, secret: SECRET, saveUninitialized: false, cookie: { secure: false, maxAge: LIFE_MS } })
        signed = (id) => cookie.sign(id, SECRET)
      },
      user: (request) => request.session.userId,
    },
    async credentials(count) {
      const found = []
      for (let number = 0; number < count; number++) {
        const id = `session-of-the-benchmark-${number}`
        const kept = { originalMaxAge: LIFE_MS, expires: new Date(Date.now() + LIFE_MS), httpOnly: true, path: '/', secure: false }
        await set(id, { cookie: kept, userId: `user-${number}`, roles: ['user'], permissions: ['read', 'write'] })
        found.push(['cookie', `sessionId=${encodeURIComponent(signed(id))}`])
      }
      return found
    },
    close: () => client.close(),
  }
}
