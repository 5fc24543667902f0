import { get } from 'node:http'
import { createClient } from '@redis/client'
import { RedisStore } from 'connect-redis'
import { storeUnavailable } from 'sojourn/errors'
import dropIn, { type SojournStore, type Store } from 'sojourn/express-session'
import { memoryStore } from 'sojourn/memory'
import { redisStore } from 'sojourn/redis'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type RedisServer, startRedis } from '../servers/redis.js'
import { ask, closeServers, cookieOf, idOf, original, type Subject, site } from './rig.js'
import { look, shop } from './shop.js'

let redis: RedisServer
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  redis = await startRedis()
  client = createClient({ url: redis.url })
  await client.connect()
})
afterEach(closeServers)
afterAll(async () => {
  await Promise.all(opened.map((store) => store.close()))
  client.destroy()
  await redis.stop()
})

const connectRedis = (): Store => new RedisStore({ client: client as never }) as unknown as Store
const opened: SojournStore[] = []
const onRedis = (): Store => {
  const store = dropIn.sojournStore({ storage: redisStore({ url: redis.url }), cleanupInterval: 0 })
  opened.push(store)
  return store
}
const inMemory = (): Store => dropIn.sojournStore({ storage: memoryStore(), cleanupInterval: 0 })

const THE_ORIGINAL: Subject = { name: 'express-session with connect-redis', library: original, store: connectRedis }
/** `full`: nothing is lost, whatever happens when. */
const OURS: ReadonlyArray<Subject & { readonly isFull: boolean }> = [
  { name: 'sojourn/express-session on Redis', library: dropIn, store: onRedis, isFull: true },
  { name: 'sojourn/express-session in memory', library: dropIn, store: inMemory, isFull: true },
  { name: 'express-session with sojournStore on Redis', library: original, store: onRedis, isFull: true },
  { name: 'sojourn/express-session with connect-redis', library: dropIn, store: connectRedis, isFull: false },
]

/** Logs out while another request of the same session is under way that changes it. Answers what is there afterwards. */
async function logoutAgainstSlowRequest(subject: Subject): Promise<Record<string, unknown>> {
  const app = await shop(subject, subject.store())
  const cookie = await app.logIn('alice')
  const gate = app.gate()
  const slow = ask(app.url, { cookie, path: '/set/seen' })
  await gate.reached()
  await ask(app.url, { cookie, path: '/logout' })
  gate.open()
  await slow
  return await look(app, cookie)
}

/** Twenty requests at once, each with a key of its own. Answers how many keys are left. */
async function parallelKeys(subject: Subject): Promise<number> {
  const app = await shop(subject, subject.store())
  const cookie = await app.logIn('alice')
  const gate = app.gate()
  const requests = Array.from({ length: 20 }, (_, index) => ask(app.url, { cookie, path: `/set/key${index}` }))
  await gate.reached()
  // All of them have loaded what was there before, once one more request has been answered after them.
  await look(app, cookie)
  gate.open()
  await Promise.all(requests)
  return Object.keys(await look(app, cookie)).filter((key) => key.startsWith('key')).length
}

describe('what differs: express-session with connect-redis', () => {
  it('brings a session back that was logged out while another request had it', async () => {
    expect(await logoutAgainstSlowRequest(THE_ORIGINAL)).toEqual({ user: 'alice', seen: true })
  })

  it('loses keys that parallel requests set', async () => {
    expect(await parallelKeys(THE_ORIGINAL)).toBeLessThan(20)
  })

  it('keeps ids as they are: who reads the store and knows the secret is anybody', async () => {
    const app = await shop(THE_ORIGINAL, connectRedis())
    const cookie = await app.logIn('alice')
    expect(await client.get(`sess:${idOf(cookie)}`)).toContain('alice')
  })
})

describe.each(OURS)('what differs: $name', (subject) => {
  it('a session that was logged out stays logged out, however late another request saves it', async () => {
    for (let round = 0; round < 20; round++) expect(await logoutAgainstSlowRequest(subject)).toEqual({})
  })

  it('parallel requests keep each other’s keys, if the store can compare', async () => {
    const left = await parallelKeys(subject)
    if (subject.isFull) expect(left).toBe(20)
    else expect(left).toBeGreaterThan(0)
  })

  it('of two requests that change one key, the later one wins, and neither undoes what it did not change', async () => {
    const app = await shop(subject, subject.store())
    const cookie = await app.logIn('alice')
    const gate = app.gate()
    const slow = ask(app.url, { cookie, path: '/set/user' })
    await gate.reached()
    app.gate().open()
    await ask(app.url, { cookie, path: '/set/other' })
    gate.open()
    await slow
    const left = await look(app, cookie)
    expect(left).toEqual({ user: true, other: expect.anything() })
  })
})

describe('what differs: at rest', () => {
  it('neither ids nor data stand in the store', async () => {
    await client.flushAll()
    const app = await shop({ name: '', library: dropIn, store: onRedis }, onRedis())
    const cookie = await app.logIn('alice-in-clear')
    const everything: string[] = []
    for await (const keys of client.scanIterator({ COUNT: 1_000 })) {
      for (const key of keys) everything.push(key, (await redis.cli('--raw', 'DUMP', key)).toString())
    }
    expect(everything.length).toBeGreaterThan(0)
    expect(everything.join('\n')).not.toContain(idOf(cookie))
    expect(everything.join('\n')).not.toContain('alice-in-clear')
  })

  it('a record opens in no other place: not for another id, nor in another version', async () => {
    const storage = await memoryStore()
    const store = dropIn.sojournStore({ storage, cleanupInterval: 0 })
    const app = await shop({ name: '', library: dropIn, store: () => store }, store)
    const [alice, bob] = [await app.logIn('alice'), await app.logIn('bob')]
    const { rows } = await storage.scan({ from: 0, to: Number.MAX_SAFE_INTEGER, limit: 10 })
    expect(rows).toHaveLength(2)
    const [first, second] = rows
    await storage.replace({ ...first!, version: first!.version + 1, data: second!.data }, '')
    await storage.replace({ ...second!, version: second!.version + 1 }, '')
    expect([await look(app, alice), await look(app, bob)]).toEqual([{}, {}])
  })

  it('verbs answer a promise where no callback is given', async () => {
    const store = inMemory()
    const app = await shop({ name: '', library: dropIn, store: () => store }, store)
    const cookie = await app.logIn('alice')
    const id = idOf(cookie)
    const load = (): Promise<InstanceType<typeof dropIn.Session> & Record<string, unknown>> =>
      new Promise((resolve, reject) => store.load(id, (error, session) => (session ? resolve(session as never) : reject(error as Error))))
    const session = Object.assign(await load(), { a: 1 })
    await session.save()
    expect(await load()).toMatchObject({ a: 1 })
    await session.destroy()
    await expect(session.reload()).rejects.toThrow('failed to load session')
  })
})

describe('what differs: answers', () => {
  const OURS_IN_MEMORY: Subject = { name: '', library: dropIn, store: inMemory }

  it('nothing of an answer is sent before its session is stored, so a redirect finds it', async () => {
    const store = inMemory()
    const { url } = await site(OURS_IN_MEMORY, { store }, (req, res) => {
      req.session['a'] = 1
      res.writeHead(302, { Location: '/next' }).end('moved')
    })
    const set = store.set.bind(store)
    let isStored = false
    Object.assign(store, {
      set(id: string, session: object, callback: (error?: unknown) => void) {
        // A turn of the event loop and more, in which a head would have been sent.
        setTimeout(() => {
          isStored = true
          set(id, session, callback)
        }, 20)
      },
    })
    const wasStored = await new Promise<boolean>((resolve, reject) => get(url, () => resolve(isStored)).on('error', reject))
    expect(wasStored).toBe(true)
  })

  it('has the length of a body that is given whole, as without the middleware', async () => {
    const { url } = await site(OURS_IN_MEMORY, {}, (req, res) => {
      req.session['a'] = 1
      res.end('grüße')
    })
    expect((await ask(url)).headers['content-length']).toBe('7')
  })

  it('a session that cannot be told as JSON is an error of the page, which is answered', async () => {
    const { url } = await site(OURS_IN_MEMORY, {}, (req, res) => {
      req.session['self'] = req.session
      res.end('never seen')
    })
    expect(await ask(url)).toMatchObject({ status: 500, body: expect.stringMatching(/circular/), setCookies: [] })
  })

  it('a store that does not answer is an error with status 503, and the cookie stays', async () => {
    const storage = await memoryStore()
    const store = dropIn.sojournStore({ storage, cleanupInterval: 0 })
    const cookie = await (await shop(OURS_IN_MEMORY, store)).logIn('alice')
    // This one has nothing in memory.
    const app = await shop(OURS_IN_MEMORY, dropIn.sojournStore({ storage, cleanupInterval: 0 }))
    await storage.close()
    expect(await ask(app.url, { cookie })).toMatchObject({ status: 500, setCookies: [] })
    expect(app.errors).toEqual([expect.objectContaining({ code: 'STORE_UNAVAILABLE', status: 503 })])
    // Express and Fastify put these into the answer that they make of an error.
    expect(app.errors).toEqual([expect.objectContaining({ headers: { 'Retry-After': '1' } })])
    expect(JSON.stringify(app.errors)).not.toContain('headers')
  })

  it("a session that could not be told is not ended by unset: 'destroy', though its request has none", async () => {
    const storage = await memoryStore()
    let isAway = false
    // For one read: it is back by the time that the error is answered.
    const flaky = {
      ...storage,
      async get(id: string) {
        const wasAway = isAway
        isAway = false
        if (wasAway) throw storeUnavailable(new Error('away'))
        return await storage.get(id)
      },
    }
    const onFlaky = () => dropIn.sojournStore({ storage: flaky, cleanupInterval: 0, cache: { maxSessions: 0 } })
    const app = await shop(OURS_IN_MEMORY, onFlaky(), { unset: 'destroy' })
    const cookie = await app.logIn('alice')
    isAway = true
    expect(await ask(app.url, { cookie })).toMatchObject({ status: 500, setCookies: [] })
    expect(await look(app, cookie)).toEqual({ user: 'alice' })
  })

  it('a storage that could not be opened is tried again by the next request', async () => {
    let isThere = false
    const description = {
      get type(): 'memory' {
        if (!isThere) throw new Error('not yet')
        return 'memory'
      },
    }
    const app = await shop(OURS_IN_MEMORY, dropIn.sojournStore({ storage: description, cleanupInterval: 0 }))
    await app.logIn('alice').catch(() => '')
    isThere = true
    expect(await look(app, await app.logIn('alice'))).toEqual({ user: 'alice' })
  })

  it('a session of more than a mebibyte is refused, and what was stored before stays', async () => {
    const { url, errors } = await site(OURS_IN_MEMORY, {}, (req, res) => {
      if (req.url === '/big') req.session['big'] = 'x'.repeat(1_048_577)
      else req.session['small'] = 1
      res.end(String(Object.keys(req.session)))
    })
    const cookie = cookieOf(await ask(url))
    await ask(url, { cookie, path: '/big' })
    await vi.waitFor(() => expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_ARGUMENT' })]))
    expect((await ask(url, { cookie })).body).toBe('cookie,small')
  })

  it('keys named like what every object has are kept as data and change no object', async () => {
    const { url } = await site(OURS_IN_MEMORY, {}, (req, res) => {
      if (req.url === '/set')
        for (const key of ['__proto__', 'constructor', 'toString'])
          Object.defineProperty(req.session, key, { value: { bad: 1 }, enumerable: true, configurable: true })
      res.end(JSON.stringify([({} as { bad?: number }).bad ?? null, typeof req.session.save, req.session['n'] ?? null]))
    })
    const cookie = cookieOf(await ask(url, { path: '/set' }))
    expect((await ask(url, { cookie })).body).toBe('[null,"function",null]')
  })
})
