import { promisify } from 'node:util'
import { RedisStore } from 'connect-redis'
import { sign } from 'cookie-signature'
import session from 'express-session'
import { createClient } from 'redis'

const SECRET = 'a secret of this benchmark'
const LIFE_MS = 3_600_000

/** express-session with connect-redis, set as its documentation recommends. */
export async function open({ url }) {
  const client = await createClient({ url }).connect()
  const store = new RedisStore({ client })
  const middleware = session({ store, secret: SECRET, resave: false, saveUninitialized: false, cookie: { maxAge: LIFE_MS } })
  const set = promisify(store.set.bind(store))
  return {
    express: { middleware, user: (request) => request.session.userId },
    async credentials(count) {
      const found = []
      for (let number = 0; number < count; number++) {
        const id = `session-of-the-benchmark-${number}`
        const cookie = { originalMaxAge: LIFE_MS, expires: new Date(Date.now() + LIFE_MS), httpOnly: true, path: '/' }
        await set(id, { cookie, userId: `user-${number}`, roles: ['user'], permissions: ['read', 'write'] })
        found.push(['cookie', `connect.sid=${encodeURIComponent(`s:${sign(id, SECRET)}`)}`])
      }
      return found
    },
    close: () => client.close(),
  }
}
