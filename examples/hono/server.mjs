// Sessions with Hono on Node.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createSessionManager } from 'sojourn'
import { requireSession, sojourn } from 'sojourn/hono'

const sessions = await createSessionManager() // in memory; give it a store to keep them
const app = new Hono()
app.use(sojourn({ sessions, dev: process.env.NODE_ENV !== 'production' }))

/** Your own check of a password against its hash. */
const userWith = (name, password) => (name === 'alice' && password === 'wonderland' ? 'alice' : undefined)

const page = (body) => `<!doctype html><html lang="en"><title>Sojourn with Hono</title><body>${body}</body></html>`
const LOGIN = page(`<form method="post" action="/login"><h1>Sign in</h1>
<label>Name <input name="user" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button></form>`)
const hello = (userId) =>
  page(
    `<h1>Hello, ${userId}</h1><p><a href="/account">Account</a></p><form method="post" action="/logout"><button>Sign out</button></form>`,
  )

app.get('/', (c) => {
  const { session } = c.get('sojourn')
  return c.html(session === undefined ? LOGIN : hello(session.userId))
})

app.post('/login', async (c) => {
  const { user, password } = await c.req.parseBody()
  const userId = userWith(user, password)
  if (userId === undefined) return c.redirect('/?failed', 303)
  await c.get('sojourn').login(userId)
  return c.redirect('/account', 303)
})

app.post('/logout', async (c) => {
  await c.get('sojourn').logout()
  return c.redirect('/', 303)
})

app.get('/account', requireSession(), (c) => c.html(page(`<h1>Account of ${c.get('sojourn').session.userId}</h1>`)))

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' })
process.once('SIGTERM', () => server.close(() => void sessions.close()))
