import { decode } from '@auth/core/jwt'
import { ExpressAuth } from '@auth/express'
import express from 'express'
import { createSessionManager } from 'sojourn'
import { refusals, sojourn } from 'sojourn/express'
import { config } from './config.mjs'

const COOKIE = 'authjs.session-token' // over https: __Secure-authjs.session-token

/** Base64url has several spellings of the same bytes. One of them is taken: else a cookie could be used once in each. */
const isExact = (part) => Buffer.from(part, 'base64url').toString('base64url') === part

const authJs = {
  name: 'auth-js',
  read(cookie) {
    const parts = cookie.split('.')
    return parts.length === 5 && parts.every(isExact) ? { id: cookie } : undefined
  },
  async load({ id }) {
    // It asks nobody, so whatever it throws is said of this cookie: changed, expired, of another secret.
    const claims = await decode({ token: id, secret: config.secret, salt: COOKIE }).catch(() => null)
    if (claims?.sub === undefined) return undefined
    const createdAt = claims.loggedInAt === undefined ? {} : { createdAt: new Date(claims.loggedInAt) }
    return { userId: claims.sub, data: { name: claims.name }, expiresAt: new Date(claims.exp * 1000), ...createdAt }
  },
  // It keeps nothing anywhere. That a cookie was used up is remembered by Sojourn.
  remove: async () => undefined,
}

const sessions = await createSessionManager({
  storage: { type: 'sqlite', path: process.env.SESSION_FILE },
  legacy: [authJs],
})
const app = express()
// Sign-in stays with Auth.js. The cookie that it gives is taken over by the next request.
app.use('/auth', ExpressAuth(config))
app.use(sojourn({ sessions, legacyCookies: [COOKIE], dev: process.env.NODE_ENV !== 'production' }))

app.get('/me', (req, res) => {
  res.json({ user: req.sojourn.session?.data.name ?? null })
})

app.post('/logout', async (req, res) => {
  await req.sojourn.logout()
  res.json({})
})

app.use(refusals())

const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${process.env.PORT}`))
process.once('SIGTERM', () => server.close(() => void sessions.close()))
