import { createClient } from '@redis/client'
import { RedisStore } from 'connect-redis'
import { createSessionManager } from 'sojourn'
import dropIn, { type SojournStore, type Store } from 'sojourn/express-session'
import { redisStore } from 'sojourn/redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type RedisServer, startRedis } from '../servers/redis.js'
import { ask, closeServers, idOf, original, type Subject } from './rig.js'
import { look, type Shop, shop } from './shop.js'

const HOUR = 3_600_000
let redis: RedisServer
let client: ReturnType<typeof createClient>
let stores: SojournStore[] = []

beforeAll(async () => {
  redis = await startRedis()
  client = createClient({ url: redis.url })
  await client.connect()
})
beforeEach(() => client.flushAll())
afterEach(async () => {
  closeServers()
  await Promise.all(stores.map((store) => store.close()))
  stores = []
  vi.restoreAllMocks()
})
afterAll(async () => {
  client.destroy()
  await redis.stop()
})

const oldStore = (): Store => new RedisStore({ client: client as never }) as unknown as Store
const OLD: Subject = { name: 'old', library: original, store: oldStore }
const NEW: Subject = { name: 'new', library: dropIn, store: () => undefined }

const oldShop = (): Promise<Shop> => shop(OLD, oldStore(), { cookie: { maxAge: HOUR } })

function newShop(takeOver: Store, more: object = {}): Promise<Shop> {
  const store = dropIn.sojournStore({ storage: redisStore({ url: redis.url }), takeOver, cleanupInterval: 0, ...more })
  stores.push(store)
  return shop(NEW, store, { cookie: { maxAge: HOUR } })
}

const oldKeys = async (): Promise<number> => (await client.keys('sess:*')).length

describe('an application that ran on express-session and connect-redis, and starts with sojourn/express-session', () => {
  it('has its users logged in still, and takes each session over when it is used', async () => {
    const before = await oldShop()
    const [alice, bob] = [await before.logIn('alice'), await before.logIn('bob')]
    closeServers()
    const after = await newShop(oldStore())
    expect(await look(after, alice)).toEqual({ user: 'alice' })
    expect(await oldKeys()).toBe(1)
    expect(await look(after, alice)).toEqual({ user: 'alice' })
    expect(await look(after, bob)).toEqual({ user: 'bob' })
    expect(await oldKeys()).toBe(0)
  })

  it('takes one over once, however many requests ask for it at the same moment', async () => {
    const alice = await (await oldShop()).logIn('alice')
    const after = await newShop(oldStore())
    const all = await Promise.all(Array.from({ length: 20 }, () => look(after, alice)))
    expect(all).toEqual(all.map(() => ({ user: 'alice' })))
  })

  it('gives it its full time anew, as its store did at every use', async () => {
    const alice = await (await oldShop()).logIn('alice')
    const after = await newShop(oldStore())
    const { cookie } = JSON.parse((await ask(after.url, { cookie: alice })).body) as { cookie: { expires: string; originalMaxAge: number } }
    expect(cookie.originalMaxAge).toBe(HOUR)
    expect(Date.parse(cookie.expires) - Date.now()).toBeGreaterThan(HOUR - 60_000)
  })

  it('does not take it over again after a logout, though the old record could not be taken out', async () => {
    const alice = await (await oldShop()).logIn('alice')
    const old = oldStore()
    vi.spyOn(old, 'destroy').mockImplementation((_id, callback) => callback?.(new Error('read only')))
    const after = await newShop(old)
    expect(await look(after, alice)).toEqual({ user: 'alice' })
    await ask(after.url, { cookie: alice, path: '/logout' })
    expect(await oldKeys()).toBe(1)
    expect(await look(after, alice)).toEqual({})
  })

  it('logs out also who had not been taken over yet', async () => {
    const alice = await (await oldShop()).logIn('alice')
    const old = oldStore()
    const after = await newShop(old)
    await new Promise<void>((resolve) => void stores[0]!.destroy(idOf(alice), () => resolve()))
    expect(await oldKeys()).toBe(0)
    expect(await look(after, alice)).toEqual({})
  })

  it('says that it does not know, while the old store does not answer', async () => {
    const alice = await (await oldShop()).logIn('alice')
    const old = oldStore()
    vi.spyOn(old, 'get').mockImplementation((_id, callback) => callback(new Error('no answer')))
    const after = await newShop(old)
    expect(await ask(after.url, { cookie: alice })).toMatchObject({ status: 500, body: 'no answer', setCookies: [] })
  })

  it('makes a session of the manager of who is taken over', async () => {
    const sessions = await createSessionManager()
    const alice = await (await oldShop()).logIn('alice')
    const after = await newShop(oldStore(), { sessions, userOf: ({ user }: { user?: string }) => user })
    expect(await look(after, alice)).toEqual({ user: 'alice' })
    expect(await sessions.getActiveSessions('alice')).toHaveLength(1)
    await sessions.terminateAllUserSessions('alice')
    expect(await look(after, alice)).toEqual({})
    await sessions.close()
  })

  it('goes on with connect-redis itself, where that is given as its store', async () => {
    const alice = await (await oldShop()).logIn('alice')
    const after = await shop(NEW, oldStore(), { cookie: { maxAge: HOUR } })
    expect(await look(after, alice)).toEqual({ user: 'alice' })
    const back = await oldShop()
    expect(await look(back, await after.logIn('bob'))).toEqual({ user: 'bob' })
  })
})
