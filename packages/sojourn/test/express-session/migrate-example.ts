// The code blocks of docs/migrate, as applications that migrate-page.test.ts runs.
import fastifyCookie from '@fastify/cookie'
import { createClient } from '@redis/client'
import { RedisStore } from 'connect-redis'
import express, { type Express } from 'express'
import fastify, { type FastifyInstance } from 'fastify'
import { createSessionManager, type SessionManager } from 'sojourn'
import session, { type RequestSession } from 'sojourn/express-session'
import fastifySession from 'sojourn/fastify-session'
import { redisStore } from 'sojourn/redis'

/** An application that has moved. `req.session` is declared where it is used: the tests know the types of the original. */
export async function example(url: string): Promise<{ readonly app: Express; readonly sessions: SessionManager; close(): Promise<void> }> {
  const app = express()
  const secret = 'keyboard cat'
  const client = createClient({ url })
  await client.connect()

  // #region app
  const storage = await redisStore({ url })
  const sessions = await createSessionManager({ storage })

  app.use(
    session({
      secret,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 86_400_000, sameSite: 'lax', secure: 'auto' },
      storage,
      takeOver: new RedisStore({ client }),
      sessions,
      userOf: ({ userId }) => userId as string | undefined,
    }),
  )
  // #endregion

  app.get('/login/:user', async (req, res) => {
    const request = req as unknown as RequestSession & { readonly params: { readonly user: string } }
    await request.session.regenerate()
    Object.assign(request.session, { userId: request.params.user })
    res.send('welcome')
  })
  app.get('/me', (req, res) => void res.json((req.session as { userId?: string }).userId ?? null))

  const user = 'alice'
  // #region everywhere
  app.post('/logout-everywhere', async (_req, res) => {
    await sessions.terminateAllUserSessions(user)
    res.sendStatus(204)
  })
  // #endregion

  // #region devices
  app.get('/devices', async (_req, res) => {
    const active = await sessions.getActiveSessions(user)
    res.json(active.map(({ device, lastActivity }) => ({ device: device?.label, lastActivity })))
  })
  // #endregion

  return {
    app,
    sessions,
    async close() {
      await sessions.close()
      client.destroy()
    },
  }
}

/** The store alone, beneath the original. */
export async function storeAlone(url: string, original: typeof session): Promise<{ readonly app: Express; close(): Promise<void> }> {
  const app = express()
  const secret = 'keyboard cat'
  // #region store
  const store = session.sojournStore({ storage: redisStore({ url }) })

  app.use(original({ secret, resave: false, saveUninitialized: false, store }))
  // #endregion
  app.get('/', (req, res) => {
    Object.assign(req.session, { views: 1 })
    res.send('ok')
  })
  return { app, close: () => store.close() }
}

/** An application on Fastify that has moved. */
export async function fastifyExample(url: string): Promise<{ readonly app: FastifyInstance; close(): Promise<void> }> {
  const app = fastify()
  const secret = 'a secret of at least thirty-two characters'
  const client = createClient({ url })
  await client.connect()

  // #region plugin
  const storage = await redisStore({ url })
  const sessions = await createSessionManager({ storage })

  await app.register(fastifyCookie)
  await app.register(fastifySession, {
    secret,
    storage,
    takeOver: new RedisStore({ client }),
    sessions,
    userOf: ({ userId }) => userId as string | undefined,
  })
  // #endregion

  app.get('/', (request) => {
    Object.assign((request as { session: object }).session, { userId: 'alice' })
    return sessions.getActiveSessions('alice').then((active) => active.length)
  })
  return {
    app,
    async close() {
      await app.close()
      await sessions.close()
      client.destroy()
    },
  }
}
