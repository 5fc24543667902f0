import { toNodeHandler } from 'better-auth/node'
import express from 'express'
import { createSessionManager } from 'sojourn'
import { refusals, sojourn } from 'sojourn/express'
import { auth } from './auth.mjs'

const COOKIE = 'better-auth.session_token' // over https: __Secure-better-auth.session_token

const betterAuthSessions = {
  name: 'better-auth',
  read: (cookie) => (/^\w{32}\.[\w%+/=-]+$/.test(cookie) ? { id: cookie } : undefined),
  async load({ id }) {
    // Checks the signature and asks its own database; null if there is no such session.
    const found = await auth.api.getSession({
      headers: new Headers({ cookie: `${COOKIE}=${id}` }),
      query: { disableCookieCache: true, disableRefresh: true },
    })
    if (found === null) return undefined
    const { session, user } = found
    return { userId: user.id, data: { email: user.email }, createdAt: session.createdAt, expiresAt: session.expiresAt }
  },
  async remove({ id }) {
    const { internalAdapter } = await auth.$context
    await internalAdapter.deleteSession(id.slice(0, id.indexOf('.')))
  },
}

const sessions = await createSessionManager({
  storage: { type: 'sqlite', path: process.env.SESSION_FILE },
  legacy: [betterAuthSessions],
})
const app = express()
// Sign-in stays with better-auth. The session that it starts is taken over by the next request.
app.all('/api/auth/*path', toNodeHandler(auth))
app.use(sojourn({ sessions, legacyCookies: [COOKIE], dev: process.env.NODE_ENV !== 'production' }))

app.get('/me', (req, res) => {
  res.json({ user: req.sojourn.session?.data.email ?? null })
})

app.post('/logout', async (req, res) => {
  await req.sojourn.logout()
  res.json({})
})

app.use(refusals())

const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${process.env.PORT}`))
process.once('SIGTERM', () => server.close(() => void sessions.close()))
