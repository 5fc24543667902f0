// Sessions with Express; Passport says who somebody is, Sojourn remembers it.
import express from 'express'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import { createSessionManager } from 'sojourn'
import { refusals, requireSession, sojourn } from 'sojourn/express'

const sessions = await createSessionManager() // in memory; give it a store to keep them
const app = express()
app.use(express.urlencoded({ extended: false }))
app.use(sojourn({ sessions, dev: process.env.NODE_ENV !== 'production' }))

/** Your own check of a password against its hash. */
const userWith = (name, password) => (name === 'alice' && password === 'wonderland' ? { id: 'alice' } : false)
passport.use(new LocalStrategy({ usernameField: 'user' }, (name, password, done) => done(null, userWith(name, password))))

const page = (body) => `<!doctype html><html lang="en"><title>Sojourn with Express</title><body>${body}</body></html>`
const LOGIN = page(`<form method="post" action="/login"><h1>Sign in</h1>
<label>Name <input name="user" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button></form>`)
const hello = (userId) =>
  page(
    `<h1>Hello, ${userId}</h1><p><a href="/account">Account</a></p><form method="post" action="/logout"><button>Sign out</button></form>`,
  )

app.get('/', (req, res) => {
  const { session } = req.sojourn
  res.send(session === undefined ? LOGIN : hello(session.userId))
})

// session: false, since Passport is to keep nothing itself.
app.post('/login', passport.authenticate('local', { session: false, failureRedirect: '/?failed' }), async (req, res) => {
  await req.sojourn.login(req.user.id)
  res.redirect(303, '/account')
})

app.post('/logout', async (req, res) => {
  await req.sojourn.logout()
  res.redirect(303, '/')
})

app.get('/account', requireSession(), (req, res) => {
  res.send(page(`<h1>Account of ${req.sojourn.session.userId}</h1>`))
})

app.use(refusals())

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
process.once('SIGTERM', () => server.close(() => void sessions.close()))
