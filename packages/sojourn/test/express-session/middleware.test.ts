import { createRequire } from 'node:module'
import flash from 'connect-flash'
import { csrfSync } from 'csrf-sync'
import express5, { type Express, type Request } from 'express'
import passport from 'passport'
import { Strategy } from 'passport-local'
import { createSessionManager } from 'sojourn'
import dropIn, { type Session, type SessionOptions } from 'sojourn/express-session'
import { memoryStore } from 'sojourn/memory'
import { afterEach, describe, expect, it } from 'vitest'
import { ask, closeServers, cookieOf, idOf, listen, original } from './rig.js'

/** Without types of its own. */
const express4 = createRequire(import.meta.url)('express4') as typeof express5

interface User {
  readonly id: string
}
type Visitor = Request & {
  session: Session & { cart?: string }
  flash(kind: string, text?: string): string[]
  logIn(user: User, options: object, done: (error?: unknown) => void): void
  logout(done: (error?: unknown) => void): void
  readonly user?: User
}

afterEach(closeServers)

/** An application as its users write them: express, passport, connect-flash. */
async function application(express: typeof express5, session: typeof dropIn, options: SessionOptions = {}): Promise<string> {
  const app: Express = express()
  const strategies = new passport.Passport()
  strategies.use(
    new Strategy({ usernameField: 'user', passwordField: 'password' }, (user, password, done) =>
      password === 'open sesame' ? done(null, { id: user }) : done(null, false, { message: 'wrong password' }),
    ),
  )
  strategies.serializeUser((user, done) => done(null, (user as User).id))
  strategies.deserializeUser((id, done) => done(null, { id: String(id) }))
  app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: false, ...options }) as never)
  app.use(flash())
  app.use(strategies.initialize(), strategies.session())
  app.get('/cart/:thing', (req, res) => {
    ;(req as unknown as Visitor).session.cart = req.params.thing
    res.send('ok')
  })
  app.get('/login', strategies.authenticate('local', { successRedirect: '/me', failureRedirect: '/why', failureFlash: true }))
  app.get('/keep', strategies.authenticate('local', { successRedirect: '/me', keepSessionInfo: true }))
  app.get('/logout', (req, res, next) => (req as unknown as Visitor).logout((error) => (error ? next(error) : res.redirect('/me'))))
  app.get('/why', (req, res) => void res.json((req as unknown as Visitor).flash('error')))
  app.get('/me', (req, res) => {
    const { user, session: mine } = req as unknown as Visitor
    res.json({ user: user?.id ?? null, cart: mine.cart ?? null })
  })
  return await listen(app)
}

const me = async (url: string, cookie: string): Promise<unknown> => JSON.parse((await ask(url, { cookie, path: '/me' })).body)

describe.each([
  ['sojourn/express-session on Express 5', express5, dropIn],
  ['sojourn/express-session on Express 4', express4, dropIn],
  ['express-session on Express 5', express5, original],
] as const)('%s, with passport and connect-flash', (_name, express, session) => {
  it('logs in under a new id, without what was in the session before', async () => {
    const url = await application(express, session)
    const visitor = cookieOf(await ask(url, { path: '/cart/book' }))
    const login = await ask(url, { cookie: visitor, path: '/login?user=alice&password=open+sesame' })
    expect([login.status, login.headers.location]).toEqual([302, '/me'])
    expect(idOf(cookieOf(login))).not.toBe(idOf(visitor))
    expect(await me(url, cookieOf(login))).toEqual({ user: 'alice', cart: null })
    expect(await me(url, visitor)).toEqual({ user: null, cart: null })
  })

  it('keeps what was in the session where keepSessionInfo says so', async () => {
    const url = await application(express, session)
    const visitor = cookieOf(await ask(url, { path: '/cart/book' }))
    const login = cookieOf(await ask(url, { cookie: visitor, path: '/keep?user=alice&password=open+sesame' }))
    expect(await me(url, login)).toEqual({ user: 'alice', cart: 'book' })
  })

  it('logs out: the old cookie opens nothing', async () => {
    const url = await application(express, session)
    const login = cookieOf(await ask(url, { path: '/login?user=alice&password=open+sesame' }))
    const out = await ask(url, { cookie: login, path: '/logout' })
    expect(out.headers.location).toBe('/me')
    expect(await me(url, login)).toEqual({ user: null, cart: null })
    expect(await me(url, cookieOf(out))).toEqual({ user: null, cart: null })
  })

  it('tells once why a login failed', async () => {
    const url = await application(express, session)
    const cookie = cookieOf(await ask(url, { path: '/login?user=alice&password=wrong' }))
    expect(JSON.parse((await ask(url, { cookie, path: '/why' })).body)).toEqual(['wrong password'])
    expect(JSON.parse((await ask(url, { cookie, path: '/why' })).body)).toEqual([])
  })
})

it('ends every session of a user of passport with the manager, without a word about users in the options', async () => {
  const storage = await memoryStore()
  const sessions = await createSessionManager({ storage })
  const url = await application(express5, dropIn, { storage, sessions })
  const logIn = async (user: string): Promise<string> => cookieOf(await ask(url, { path: `/login?user=${user}&password=open+sesame` }))
  const [phone, laptop, bob] = [await logIn('alice'), await logIn('alice'), await logIn('bob')]
  expect(await sessions.getActiveSessions('alice')).toHaveLength(2)
  await sessions.terminateAllUserSessions('alice')
  expect([await me(url, phone), await me(url, laptop), await me(url, bob)]).toEqual([
    { user: null, cart: null },
    { user: null, cart: null },
    { user: 'bob', cart: null },
  ])
  await sessions.close()
})

it.each([
  ['sojourn/express-session', dropIn],
  ['express-session', original],
])('csrf-sync keeps its token in a session of %s', async (_name, session) => {
  const { csrfSynchronisedProtection, generateToken } = csrfSync()
  const app = express5()
  app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: false }) as never)
  app.get('/form', (req, res) => void res.send(generateToken(req)))
  app.post('/form', csrfSynchronisedProtection, (_req, res) => void res.send('taken'))
  const url = await listen(app)
  const form = await ask(url, { path: '/form' })
  const cookie = cookieOf(form)
  const send = (token: string): Promise<number> =>
    ask(url, { path: '/form', method: 'POST', cookie, headers: { 'x-csrf-token': token } }).then(({ status }) => status)
  expect([await send(form.body), await send('guess')]).toEqual([200, 403])
})
