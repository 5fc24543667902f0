import { randomBytes } from 'node:crypto'
import { createSessionManager } from 'sojourn'
import dropIn, { type Callback, type SojournStore, type SojournStoreOptions } from 'sojourn/express-session'
import { redisStore } from 'sojourn/redis'
import { fakeClock } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/store/memory.js'
import type { Row } from '../../src/store/store.js'
import { type RedisServer, startRedis } from '../servers/redis.js'

type Data = Record<string, unknown>

/** A store as one process has it: with connections, memory and a lease of its own. */
interface Node {
  readonly store: SojournStore
  get(id: string): Promise<Data | undefined>
  set(id: string, session: Data): Promise<void>
  touch(id: string, session: Data): Promise<void>
  destroy(id: string): Promise<void>
}

const ROUNDS = 100
const HOUR = 3_600_000
let redis: RedisServer
const open: SojournStore[] = []

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  await Promise.all(open.map((store) => store.close()))
  await redis.stop()
})

const settled = (run: (done: Callback) => void): Promise<void> =>
  new Promise((resolve, reject) => run((error) => (error ? reject(error as Error) : resolve())))

function nodeOn(options: SojournStoreOptions): Node {
  const store = dropIn.sojournStore({ cleanupInterval: 0, ...options })
  open.push(store)
  return {
    store,
    // For a request, as the middleware asks.
    get: (id) =>
      new Promise((resolve, reject) =>
        store.get(id, (error, session) => (error ? reject(error as Error) : resolve(session ?? undefined)), {}),
      ),
    set: (id, session) => settled((done) => store.set(id, session, done)),
    touch: (id, session) => settled((done) => store.touch?.(id, session, done)),
    destroy: (id) => settled((done) => store.destroy(id, done)),
  }
}
const onRedis = (): Node => nodeOn({ storage: redisStore({ url: redis.url }) })
const cookie = (from = Date.now(), length = HOUR): Data => ({
  originalMaxAge: length,
  expires: new Date(from + length).toISOString(),
  path: '/',
})

async function commands(): Promise<string> {
  const stats = (await redis.cli('INFO', 'commandstats')).toString()
  return ['get', 'set'].map((name) => new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? '0').join(' ')
}

describe('two processes on one Redis', () => {
  it('a warm request asks no store, and what one process saves the next request of the other one sees', async () => {
    const [a, b] = [onRedis(), onRedis()]
    await a.set('shared', { cookie: cookie(), n: -1 })
    for (let n = 0; n < ROUNDS; n++) {
      const mine = await a.get('shared')
      await a.set('shared', { ...Object.assign(mine ?? {}, { n }) })
      expect(await b.get('shared')).toMatchObject({ n })
    }
    const before = await commands()
    for (let n = 0; n < ROUNDS; n++) {
      const session = await b.get('shared')
      expect(session).toMatchObject({ n: ROUNDS - 1 })
      await b.touch('shared', Object.assign(session ?? {}, { cookie: cookie() }))
    }
    expect(await commands()).toBe(before)
  })

  it('what one process ends the very next request of the other one finds ended, and nothing brings it back', async () => {
    const [a, b] = [onRedis(), onRedis()]
    for (let n = 0; n < ROUNDS; n++) {
      const id = `ended-${n}`
      await a.set(id, { cookie: cookie(), n })
      const held = (await b.get(id)) ?? {}
      expect(held).toMatchObject({ n })
      await a.destroy(id)
      expect(await b.get(id)).toBeUndefined()
      await b.touch(id, Object.assign(held, { cookie: cookie(Date.now() + HOUR) }))
      await b.set(id, Object.assign(held, { n: 'late' }))
      expect([await a.get(id), await b.get(id)]).toEqual([undefined, undefined])
    }
  })

  it('hands each request an object of its own', async () => {
    const a = onRedis()
    await a.set('own', { cookie: cookie(), list: [{ n: 1 }] })
    const [first, second] = [await a.get('own'), await a.get('own')]
    Object.assign((first!['list'] as object[])[0]!, { n: 2 })
    expect([second, await a.get('own')]).toMatchObject([{ list: [{ n: 1 }] }, { list: [{ n: 1 }] }])
  })

  it('neither takes a session manager on the same store for a stranger, nor is it one, and none waits for the other', async () => {
    const events: string[] = []
    const sessions = await createSessionManager({ storage: await redisStore({ url: redis.url }), keys: { master: randomBytes(32) } })
    sessions.on(({ type }) => {
      if (type === 'security.stranger') events.push(type)
    })
    const a = onRedis()
    await a.set('beside', { cookie: cookie(), n: 1 })
    await a.set('beside', Object.assign((await a.get('beside')) ?? {}, { n: 2 }))
    const levels: string[] = []
    const begun = performance.now()
    for (let n = 0; n < 5; n++) {
      const { id } = await sessions.createSession('alice')
      levels.push((await sessions.terminateSession(id)).level)
    }
    expect(levels).toEqual(Array.from({ length: 5 }, () => 'everywhere'))
    // Waiting for a node that does not answer takes a lease each time.
    expect(performance.now() - begun).toBeLessThan(5 * 1_500)
    expect(events).toEqual([])
    await sessions.close()
  })

  it('a store that is silent is STORE_UNAVAILABLE once nobody can vouch for what is in memory, and never a lost session', async () => {
    const a = onRedis()
    await a.set('silent', { cookie: cookie(), n: 1 })
    expect(await a.get('silent')).toMatchObject({ n: 1 })
    await redis.cli('CLIENT', 'PAUSE', '6000', 'ALL')
    const until = performance.now() + 5_000
    let fault: unknown
    while (fault === undefined && performance.now() < until) {
      await new Promise((resolve) => setImmediate(resolve))
      await a.get('silent').then(
        (session) => expect(session).toMatchObject({ n: 1 }),
        (error: unknown) => {
          fault = error
        },
      )
    }
    expect(fault).toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
    await redis.cli('CLIENT', 'UNPAUSE').catch(() => '')
  }, 20_000)
})

describe('the end of a session that is only used', () => {
  async function used(options: SojournStoreOptions, length: number) {
    const clock = fakeClock(Date.now())
    const storage = await memoryStore()
    let writes = 0
    const counted = {
      ...storage,
      replace(row: Row, message?: string): Promise<boolean> {
        writes++
        return storage.replace(row, message)
      },
    }
    const node = nodeOn({ storage: counted, clock, ...options })
    const use = async (): Promise<Data | undefined> => {
      const session = await node.get('used')
      if (session !== undefined) await node.touch('used', Object.assign(session, { cookie: cookie(clock.now(), length) }))
      return session
    }
    await node.set('used', { cookie: cookie(clock.now(), length), n: 1 })
    return { clock, use, writes: () => writes }
  }

  it('is written once a minute at most, and the session lives on for as long as it is used', async () => {
    const { clock, use, writes } = await used({}, HOUR)
    for (let minute = 0; minute < 10 * 60; minute++) {
      for (let n = 0; n < 4; n++) {
        expect(await use()).toMatchObject({ n: 1 })
        await clock.advance(15_000)
      }
    }
    expect(writes()).toBeGreaterThan(500)
    expect(writes()).toBeLessThanOrEqual(600)
  })

  it('comes at most that much early, and never late', async () => {
    const { clock, use } = await used({}, HOUR)
    await clock.advance(59_000)
    await use()
    await clock.advance(HOUR - 60_000)
    expect(await use()).toMatchObject({ n: 1 })
    await clock.advance(HOUR)
    expect(await use()).toBeUndefined()
  })

  it.each([
    [{}, 30_000],
    [{ touchInterval: 0 }, HOUR],
  ])('is written at each use with %j and a length of %i ms', async (options, length) => {
    const { clock, use, writes } = await used(options, length)
    for (let n = 1; n <= 10; n++) {
      await clock.advance(10)
      await use()
      expect(writes()).toBe(n)
    }
  })

  it('is moved to an earlier one when a limit is lower than it was', async () => {
    const storage = await memoryStore()
    const clock = fakeClock(Date.now())
    await nodeOn({ storage, clock }).set('limited', { cookie: cookie(clock.now()) })
    const node = nodeOn({ storage, clock, idleTimeout: '5m' })
    const session = await node.get('limited')
    await node.touch('limited', Object.assign(session ?? {}, { cookie: cookie(clock.now()) }))
    await clock.advance(5 * 60_000)
    expect(await node.get('limited')).toBeUndefined()
  })
})

it.each([{ touchInterval: 'soon' }, { touchInterval: -1 }, { cache: { maxSessions: -1 } }, { cache: { maxBytes: 0.5 } }])(
  'refuses %j',
  (options) => {
    expect(() => dropIn.sojournStore(options as SojournStoreOptions)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  },
)
