// Sessions with Fastify.
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import { createSessionManager } from 'sojourn'
import { refusals, requireSession, sojourn } from 'sojourn/fastify'

const sessions = await createSessionManager() // in memory; give it a store to keep them
const app = Fastify()
await app.register(formbody)
await app.register(sojourn({ sessions, dev: process.env.NODE_ENV !== 'production' }))
app.setErrorHandler(refusals())

/** Your own check of a password against its hash. */
const userWith = (name, password) => (name === 'alice' && password === 'wonderland' ? 'alice' : undefined)

const page = (body) => `<!doctype html><html lang="en"><title>Sojourn with Fastify</title><body>${body}</body></html>`
const LOGIN = page(`<form method="post" action="/login"><h1>Sign in</h1>
<label>Name <input name="user" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button></form>`)
const hello = (userId) =>
  page(
    `<h1>Hello, ${userId}</h1><p><a href="/account">Account</a></p><form method="post" action="/logout"><button>Sign out</button></form>`,
  )

app.get('/', async (request, reply) => {
  const { session } = request.sojourn
  return reply.type('text/html').send(session === undefined ? LOGIN : hello(session.userId))
})

app.post('/login', async (request, reply) => {
  const { user, password } = request.body ?? {}
  const userId = userWith(user, password)
  if (userId === undefined) return reply.redirect('/?failed', 303)
  await request.sojourn.login(userId)
  return reply.redirect('/account', 303)
})

app.post('/logout', async (request, reply) => {
  await request.sojourn.logout()
  return reply.redirect('/', 303)
})

app.get('/account', { preHandler: requireSession() }, async (request, reply) => {
  return reply.type('text/html').send(page(`<h1>Account of ${request.sojourn.session.userId}</h1>`))
})

app.addHook('onClose', () => sessions.close())
await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })
process.once('SIGTERM', () => void app.close())
