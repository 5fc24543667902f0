import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import { createClient } from '@redis/client'
import connectPg from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import fastify from 'fastify'
import pg from 'pg'
import { createSessionManager, type SessionManager } from 'sojourn'
import { expressSession, plainRecords } from 'sojourn/legacy'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CallbackStore } from '../../src/legacy/express-session.js'
import type { LegacySource } from '../../src/legacy/source.js'
import { type PostgresServer, startPostgres } from '../servers/postgres.js'
import { type RedisServer, startRedis } from '../servers/redis.js'

const SECRET = ['the newest secret', 'keyboard cat']

/** An application on an older library, with a login. */
interface OldApp {
  readonly url: string
  /** Its sessions, as the new application reads them. */
  readonly source: LegacySource
  close(): Promise<void>
}

interface OldData {
  readonly userId?: string
  readonly cart?: readonly string[]
}

const read = { userIdOf: ({ userId }: OldData) => userId, detailsOf: ({ cart }: OldData) => ({ data: { cart } }) }

async function listen(handle: RequestListener): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(handle)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function expressApp(store: session.Store, end: () => Promise<void> = async () => {}): Promise<OldApp> {
  const app = express()
  app.use(session({ secret: SECRET, store, resave: false, saveUninitialized: true, cookie: { maxAge: 3_600_000 } }))
  app.post('/login', (req, res) => {
    Object.assign(req.session, { userId: 'alice@example.org', cart: ['book', 'lamp'] })
    res.end('welcome')
  })
  app.get('/me', (req, res) => {
    res.end(String((req.session as OldData).userId))
  })
  const { url, close } = await listen(app)
  return {
    url,
    source: expressSession<OldData>({ secret: SECRET, store: store as CallbackStore, ...read }),
    async close() {
      await close()
      await end()
    },
  }
}

/** With no store of its own, as most begin, or with one of express-session's, as its documentation says. */
async function fastifyApp(
  store: CallbackStore & { set: unknown },
  cookiePrefix?: string,
  end: () => Promise<void> = async () => {},
): Promise<OldApp> {
  const app = fastify()
  await app.register(fastifyCookie)
  await app.register(fastifySession, {
    secret: 'a secret of at least thirty-two characters',
    store: store as never,
    cookie: { secure: false, maxAge: 3_600_000 },
    ...(cookiePrefix === undefined ? {} : { cookiePrefix }),
  })
  app.post('/login', async (request) => {
    Object.assign(request.session, { userId: 'alice@example.org', cart: ['book', 'lamp'] })
    return 'welcome'
  })
  app.get('/me', async (request) => String((request.session as OldData).userId))
  return {
    url: await app.listen({ port: 0, host: '127.0.0.1' }),
    source: expressSession<OldData>({ name: 'fastify-session', secret: 'a secret of at least thirty-two characters', store, ...read }),
    async close() {
      await app.close()
      await end()
    },
  }
}

let redis: RedisServer
let postgres: PostgresServer
beforeAll(async () => {
  ;[redis, postgres] = await Promise.all([startRedis(), startPostgres()])
}, 120_000)
afterAll(async () => {
  await Promise.all([redis?.stop(), postgres?.close()])
})

async function redisClient() {
  const client = createClient({ url: redis.url, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } })
  client.on('error', () => undefined)
  await client.connect()
  await client.flushDb()
  return { client, end: async () => client.destroy() }
}

const APPS: Readonly<Record<string, () => Promise<OldApp>>> = {
  'express-session, MemoryStore': () => expressApp(new session.MemoryStore()),
  async 'express-session, connect-redis'() {
    const { client, end } = await redisClient()
    return await expressApp(new RedisStore({ client: client as never }), end)
  },
  async 'express-session, connect-pg-simple'() {
    const pool = new pg.Pool({ connectionString: postgres.url, max: 4 })
    // Connections that nobody waits for end with the server.
    pool.on('error', () => undefined)
    const store = new (connectPg(session))({ pool, createTableIfMissing: true, pruneSessionInterval: false })
    return await expressApp(store, async () => {
      store.close()
      await pool.end()
    })
  },
  '@fastify/session, its own store': () => fastifyApp(new fastifySession.MemoryStore() as never),
  '@fastify/session, with the prefix of express-session': () => fastifyApp(new fastifySession.MemoryStore() as never, 's:'),
  async '@fastify/session, connect-redis'() {
    const { client, end } = await redisClient()
    return await fastifyApp(new RedisStore({ client: client as never }) as never, undefined, end)
  },
}

/** The cookie of somebody who has just logged in: `name=value`, as the browser sends it. */
async function logIn(app: OldApp): Promise<string> {
  const answer = await fetch(`${app.url}/login`, { method: 'POST' })
  // The session is saved before the last byte of the answer is sent, not before the first.
  await answer.text()
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
  if (cookie === undefined) throw new Error('no cookie was set')
  expect(await (await fetch(`${app.url}/me`, { headers: { cookie } })).text()).toBe('alice@example.org')
  return cookie
}

const encoded = (cookie: string): string => cookie.slice(cookie.indexOf('=') + 1)
const credentialIn = (cookie: string): string => decodeURIComponent(encoded(cookie))

const closing: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function setUp(name: keyof typeof APPS): Promise<{ app: OldApp; sessions: SessionManager; cookie: string }> {
  const app = await APPS[name]!()
  closing.push(app.close)
  const sessions = await createSessionManager({ legacy: [app.source] })
  closing.push(() => sessions.close())
  return { app, sessions, cookie: await logIn(app) }
}

describe.each(Object.keys(APPS))('a session of %s', (name) => {
  it('is taken over once, by fifty requests at once, and is gone there', async () => {
    const { app, sessions, cookie } = await setUp(name)
    const results = await Promise.all(Array.from({ length: 50 }, () => sessions.validateSession(credentialIn(cookie))))
    const tokens = new Set(results.map((result) => (result.isValid ? result.renewed?.token : result.error.code)))
    expect(tokens.size).toBe(1)
    expect(await sessions.validateSession([...tokens][0] ?? '')).toMatchObject({
      isValid: true,
      session: { userId: 'alice@example.org', data: { cart: ['book', 'lamp'] } },
    })
    expect(await sessions.getActiveSessions('alice@example.org')).toHaveLength(1)
    expect(await (await fetch(`${app.url}/me`, { headers: { cookie } })).text(), 'in the older application').toBe('undefined')
  })

  it('is read from the cookie as it stands in the header as well', async () => {
    const { sessions, cookie } = await setUp(name)
    expect(await sessions.validateSession(encoded(cookie))).toMatchObject({ isValid: true, session: { userId: 'alice@example.org' } })
  })

  it('that was ended here is refused, whatever the older application does', async () => {
    const { app, sessions, cookie } = await setUp(name)
    const taken = await sessions.validateSession(credentialIn(cookie))
    await sessions.terminateSession(taken.isValid ? (taken.renewed?.token ?? '') : '')
    expect(await sessions.validateSession(credentialIn(cookie))).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
    await (await fetch(`${app.url}/login`, { method: 'POST', headers: { cookie } })).text()
    expect(await sessions.validateSession(credentialIn(cookie))).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
    expect(await sessions.getActiveSessions('alice@example.org')).toEqual([])
  })

  it('with a changed signature, an id of another, or nobody logged in is refused', async () => {
    const { app, sessions, cookie } = await setUp(name)
    const credential = credentialIn(cookie)
    const [id, signature] = [credential.slice(0, credential.lastIndexOf('.')), credential.slice(credential.lastIndexOf('.') + 1)]
    const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
    const other = credentialIn(await logIn(app))
    for (const forged of [`${id}.${flipped}`, `${id}x.${signature}`, id, `${other.slice(0, other.lastIndexOf('.'))}.${signature}`]) {
      expect(await sessions.validateSession(forged)).toMatchObject({ isValid: false, error: { status: 401 } })
    }
    const visited = await fetch(`${app.url}/me`)
    await visited.text()
    const anonymous = visited.headers.getSetCookie()[0]?.split(';')[0]
    if (anonymous !== undefined) expect(await sessions.validateSession(credentialIn(anonymous))).toMatchObject({ isValid: false })
    expect(await sessions.validateSession(credential)).toMatchObject({ isValid: true })
  })
})

describe('an older store that is down', () => {
  it('makes no answer a refusal: Redis', async () => {
    const { sessions, cookie } = await setUp('express-session, connect-redis')
    await redis.signal('SIGKILL')
    await expect(sessions.validateSession(credentialIn(cookie))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
    await redis.start()
  })

  it('makes no answer a refusal: Postgres', async () => {
    const { sessions, cookie } = await setUp('express-session, connect-pg-simple')
    await postgres.kill()
    await expect(sessions.validateSession(credentialIn(cookie))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
    await postgres.start()
  })
})

describe('plain records in Redis', () => {
  it('are taken over by their id, or by whatever the application checks', async () => {
    const { client, end } = await redisClient()
    closing.push(end)
    const reach = { get: (key: string) => client.get(key), del: (key: string) => client.del(key), ...read }
    const signed = plainRecords<OldData>({
      ...reach,
      name: 'signed',
      prefix: 'app:',
      verify: (credential) => (credential.startsWith('ok-') ? credential.slice(3) : undefined),
    })
    const sessions = await createSessionManager({ legacy: [signed, plainRecords<OldData>(reach)] })
    closing.push(() => sessions.close())
    await client.set('sess:0123456789abcdef', JSON.stringify({ userId: 'bob', cart: [] }), { expiration: { type: 'EX', value: 60 } })
    await client.set('app:17', JSON.stringify({ userId: 'carol' }))
    expect(await sessions.validateSession('0123456789abcdef')).toMatchObject({
      isValid: true,
      session: { userId: 'bob', data: { cart: [] } },
    })
    expect(await sessions.validateSession('ok-17')).toMatchObject({ isValid: true, session: { userId: 'carol' } })
    for (const wrong of ['no-17', '17', 'short', 'with/other-signs-0123456789', '*']) {
      expect(await sessions.validateSession(wrong)).toMatchObject({ isValid: false, error: { code: 'TOKEN_MALFORMED' } })
    }
    expect(await client.keys('*')).toEqual([])
    await client.set('sess:broken-0123456789', 'not json')
    await expect(sessions.validateSession('broken-0123456789')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})

describe('a new application beside the older one', () => {
  it('sets its own cookie on the way, and nobody has to log in again', async () => {
    const app = await APPS['express-session, connect-redis']!()
    closing.push(app.close)
    const sessions = await createSessionManager({ legacy: [app.source] })
    closing.push(() => sessions.close())
    const cookiesOf = (request: IncomingMessage): Map<string, string> =>
      new Map(
        (request.headers.cookie ?? '').split('; ').map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), credentialIn(pair)]),
      )
    const { url, close } = await listen((request: IncomingMessage, response: ServerResponse) => {
      const cookies = cookiesOf(request)
      void sessions.validateSession(cookies.get('sid') ?? cookies.get('connect.sid') ?? '').then((result) => {
        if (!result.isValid) return response.writeHead(result.error.status).end()
        if (result.renewed !== undefined) response.setHeader('Set-Cookie', `sid=${result.renewed.token}; HttpOnly`)
        return response.end(result.session.userId)
      })
    })
    closing.push(close)

    const jar = new Map([['connect.sid', encoded(await logIn(app))]])
    const visit = async (): Promise<string> => {
      const answer = await fetch(url, { headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; ') } })
      for (const set of answer.headers.getSetCookie()) jar.set('sid', (set.split(';')[0] ?? '').slice('sid='.length))
      return answer.ok ? await answer.text() : String(answer.status)
    }
    for (let visits = 0; visits < 3; visits++) expect(await visit()).toBe('alice@example.org')
    expect(jar.get('sid')).toMatch(/^[\w-]{82}$/)
    jar.delete('connect.sid')
    expect(await visit()).toBe('alice@example.org')
  })
})
