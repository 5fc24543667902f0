import { createServer } from 'node:http'
import { RedisStore } from 'connect-redis'
import express from 'express'
import original from 'express-session'
import { createClient } from 'redis'
import { openCaller } from '../../lib/call.mjs'
import { openDropIn } from '../../lib/drop-in.mjs'
import { requestText } from '../client.mjs'

const OPTIONS = { secret: 'a secret of this benchmark', resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } }
const AT_ONCE = 32

/** The application: it knows only `req.session`. */
function shop(middleware, writes) {
  const app = express()
  app.use(middleware)
  app.post('/login/:user', (request, response) => {
    request.session.userId = request.params.user
    response.json({ ok: true })
  })
  app.get('/', (request, response) => {
    if (request.session.userId === undefined) {
      response.status(401).end()
      return
    }
    if (writes) request.session.views = (request.session.views ?? 0) + 1
    response.json({ ok: true })
  })
  return app
}

/** Logs so many users in, as browsers do, and answers their requests. */
async function loggedIn(listener, count) {
  const server = createServer(listener)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const caller = openCaller(server.address().port)
  const found = []
  for (let from = 0; from < count; from += AT_ONCE) {
    const users = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, place) => `user-${from + place}`)
    found.push(...(await Promise.all(users.map((user) => caller.post(`/login/${user}`)))))
  }
  caller.close()
  server.close()
  return found.map(({ cookies }) => requestText(['cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')]))
}

/** One application on express-session with connect-redis, and the same one on what takes its place. */
export async function openBoth(url, writes) {
  const client = await createClient({ url }).connect()
  const ours = await openDropIn(url, OPTIONS, false)
  const handlers = [shop(original({ ...OPTIONS, store: new RedisStore({ client }) }), writes), shop(ours.middleware, writes)]
  return {
    handlers,
    async requests(count) {
      const [bare, checked] = [await loggedIn(handlers[0], count), await loggedIn(handlers[1], count)]
      return { bare, checked }
    },
    async close() {
      await client.close()
      await ours.close()
    },
  }
}

export const open = ({ url }) => openBoth(url, false)
