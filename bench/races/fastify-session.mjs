import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { fastifyApp } from './fastify-app.mjs'
import { storedSessions } from './stored-sessions.mjs'

const NOT_WRITTEN = /^(?:cookie|userId|sessionId|encryptedSessionId)$/

/** @fastify/session with its defaults, kept in Redis by connect-redis. */
export async function open({ url, gates }) {
  const stored = await storedSessions(url)
  const register = async (app) => {
    await app.register(cookie)
    await app.register(session, {
      store: stored.store,
      secret: 'a secret of this benchmark, of 32 characters',
      saveUninitialized: false,
      cookie: { secure: false, maxAge: 3_600_000 },
    })
  }
  const actions = {
    async login(request, _reply, user) {
      await request.session.regenerate()
      request.session.userId = user
    },
    logout: (request) => request.session.destroy(),
    user: (request) => request.session.userId,
    write(request, _reply, key) {
      request.session[key] = 'written'
    },
    kept: (request) => Object.keys(request.session).filter((key) => !NOT_WRITTEN.test(key)),
    revokeAll: (_request, _reply, user) => stored.endAll(user),
  }
  return { listener: await fastifyApp(register, actions, gates), close: stored.close }
}
