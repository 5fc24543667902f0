import express from 'express'
import { unsealData } from 'iron-session'
import { createSessionManager } from 'sojourn'
import { refusals, sojourn } from 'sojourn/express'

/** A seal of iron-session, whose one spelling is under its own signature. */
const SEAL = /^Fe26\.2\*\w*\*\w+\*[\w-]+\*[\w-]+\*\d*\*\w+\*[\w-]+~2$/

const ironSession = {
  name: 'iron-session',
  read: (cookie) => (SEAL.test(cookie) ? { id: cookie } : undefined),
  async load({ id }) {
    // Empty for a seal that is not ours, was changed, or is too old.
    const { userId, loggedInAt, ...data } = await unsealData(id, { password: process.env.IRON_PASSWORD })
    return userId === undefined ? undefined : { userId, data, createdAt: new Date(loggedInAt) }
  },
  // It keeps nothing anywhere. That a cookie was used up is remembered by Sojourn.
  remove: async () => undefined,
}

const sessions = await createSessionManager({
  storage: { type: 'sqlite', path: process.env.SESSION_FILE },
  legacy: [ironSession],
})
const app = express()
app.use(express.urlencoded({ extended: false }))
app.use(sojourn({ sessions, legacyCookies: ['app-session'], dev: process.env.NODE_ENV !== 'production' }))

app.post('/login', async (req, res) => {
  await req.sojourn.login(req.body.user, { data: { theme: 'dark' } }) // after the check of the password
  res.json({ user: req.body.user })
})

app.get('/me', (req, res) => {
  const { session } = req.sojourn
  res.json({ user: session?.userId ?? null, theme: session?.data.theme ?? null })
})

app.post('/logout', async (req, res) => {
  await req.sojourn.logout()
  res.json({})
})

app.use(refusals())

const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${process.env.PORT}`))
process.once('SIGTERM', () => server.close(() => void sessions.close()))
