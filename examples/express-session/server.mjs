// The usual tutorial: express-session in Redis, Passport, flash messages. To move it to Sojourn, change the line that imports session:
//   import session from 'sojourn/express-session'
import flash from 'connect-flash'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import { createClient } from 'redis'

const client = await createClient({ url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' }).connect()
const app = express()
app.use(express.urlencoded({ extended: false }))
app.use(
  session({
    secret: process.env.SESSION_SECRET ?? 'keyboard cat',
    store: new RedisStore({ client }),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', maxAge: 24 * 60 * 60 * 1000 },
  }),
)
app.use(passport.initialize())
app.use(passport.session())
app.use(flash())

/** Your own check of a password against its hash. */
const userWith = (name, password) => (name === 'alice' && password === 'wonderland' ? { id: 'alice' } : false)
passport.use(
  new LocalStrategy({ usernameField: 'user' }, (name, password, done) => {
    done(null, userWith(name, password), { message: 'This name and password do not belong together.' })
  }),
)
passport.serializeUser((user, done) => done(null, user.id))
passport.deserializeUser((id, done) => done(null, { id }))

const page = (body) => `<!doctype html><html lang="en"><title>The tutorial</title><body>${body}</body></html>`
const form = (messages) =>
  page(`${messages.map((message) => `<p role="alert">${message}</p>`).join('')}<form method="post" action="/login"><h1>Sign in</h1>
<label>Name <input name="user" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button></form>`)
const hello = ({ user, views, messages }) =>
  page(`${messages.map((message) => `<p role="status">${message}</p>`).join('')}<h1>Hello, ${user.id}</h1>
<p>You have looked at this page ${views} times.</p><form method="post" action="/logout"><button>Sign out</button></form>`)

app.get('/', (req, res) => {
  if (!req.isAuthenticated()) return res.send(form(req.flash('error')))
  req.session.views = (req.session.views ?? 0) + 1
  return res.send(hello({ user: req.user, views: req.session.views, messages: req.flash('info') }))
})

app.post('/login', passport.authenticate('local', { failureRedirect: '/', failureFlash: true }), (req, res) => {
  req.flash('info', 'Welcome.')
  res.redirect('/')
})

app.post('/logout', (req, res, next) => {
  req.logout((error) => (error ? next(error) : res.redirect('/')))
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
process.once('SIGTERM', () => server.close(() => client.destroy()))
