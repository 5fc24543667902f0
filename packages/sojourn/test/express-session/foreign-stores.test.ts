import { EventEmitter } from 'node:events'
import { inherits } from 'node:util'
import { createClient } from '@redis/client'
import connectPg from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import pg from 'pg'
import dropIn, { type Callback, type Store, type StoredSession } from 'sojourn/express-session'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type PostgresServer, startPostgres } from '../servers/postgres.js'
import { type RedisServer, startRedis } from '../servers/redis.js'
import { ask, closeServers, idOf, original, type Subject, stored } from './rig.js'
import { look, shop } from './shop.js'

let redis: RedisServer
let postgres: PostgresServer
let client: ReturnType<typeof createClient>
let pool: pg.Pool

beforeAll(async () => {
  ;[redis, postgres] = await Promise.all([startRedis(), startPostgres()])
  client = createClient({ url: redis.url })
  await client.connect()
  pool = new pg.Pool({ connectionString: postgres.url })
})
afterEach(closeServers)
afterAll(async () => {
  client.destroy()
  await pool.end()
  await Promise.all([redis.stop(), postgres.close()])
})

/** As stores were written before there were classes. */
function oldStyle({ Store }: Pick<typeof dropIn, 'Store'>): Store {
  const records = new Map<string, string>()
  function OldStore(this: Store): void {
    Store.call(this)
  }
  inherits(OldStore as never, Store as never)
  Object.assign(OldStore.prototype, {
    get: (id: string, callback: (error: unknown, session?: StoredSession) => void) =>
      callback(null, records.has(id) ? JSON.parse(records.get(id)!) : undefined),
    set: (id: string, session: object, callback: Callback) => {
      records.set(id, JSON.stringify(session))
      callback()
    },
    destroy: (id: string, callback: Callback) => {
      records.delete(id)
      callback()
    },
  })
  return new (OldStore as unknown as new () => Store)()
}

const STORES: ReadonlyArray<readonly [string, () => Store]> = [
  ['connect-redis', () => new RedisStore({ client: client as never }) as unknown as Store],
  [
    'connect-pg-simple',
    () => new (connectPg(original as never))({ pool, createTableIfMissing: true, pruneSessionInterval: false }) as unknown as Store,
  ],
  [
    'connect-pg-simple on our Store',
    () => new (connectPg(dropIn as never))({ pool, createTableIfMissing: true, pruneSessionInterval: false }) as unknown as Store,
  ],
  ['MemoryStore', () => new dropIn.MemoryStore()],
  ['a store without touch that answers at once', () => oldStyle(dropIn)],
]

describe.each(STORES)('sojourn/express-session on %s', (_name, make) => {
  const subject: Subject = { name: '', library: dropIn, store: make }

  it('logs in, keeps, and logs out', async () => {
    const store = make()
    const app = await shop(subject, store)
    const cookie = await app.logIn('alice')
    await ask(app.url, { cookie, path: '/set/seen' })
    expect(await look(app, cookie)).toEqual({ user: 'alice', seen: true })
    expect(await stored(store, idOf(cookie))).toMatchObject({ user: 'alice', seen: true })
    await ask(app.url, { cookie, path: '/logout' })
    expect(await look(app, cookie)).toEqual({})
    expect(await stored(store, idOf(cookie))).toBeUndefined()
  })

  it('shares its sessions with express-session, in both directions', async () => {
    const store = make()
    const ours = await shop(subject, store, { cookie: { maxAge: 3_600_000 } })
    const cookie = await ours.logIn('alice')
    const theirs = await shop({ ...subject, library: original }, store, { cookie: { maxAge: 3_600_000 } })
    expect(await look(theirs, cookie)).toEqual({ user: 'alice' })
    const second = await theirs.logIn('bob')
    expect(await look(await shop(subject, store), second)).toEqual({ user: 'bob' })
  })

  it('does not bring back what was logged out while another request had it', async () => {
    const app = await shop(subject, make())
    const cookie = await app.logIn('alice')
    const gate = app.gate()
    const slow = ask(app.url, { cookie, path: '/set/seen' })
    await gate.reached()
    await ask(app.url, { cookie, path: '/logout' })
    gate.open()
    await slow
    expect(await look(app, cookie)).toEqual({})
  })

  it('does not bring it back either when the logout comes while it is being written', async () => {
    const store = make()
    const app = await shop(subject, store)
    const cookie = await app.logIn('alice')
    const set = store.set.bind(store)
    let out: Promise<unknown> | undefined
    vi.spyOn(store, 'set').mockImplementation((id, session, callback) => {
      out = ask(app.url, { cookie, path: '/logout' })
      void out.then(() => set(id, session, callback))
    })
    await ask(app.url, { cookie, path: '/set/seen' })
    await out
    vi.restoreAllMocks()
    expect(await look(app, cookie)).toEqual({})
    expect(await stored(store, idOf(cookie))).toBeUndefined()
  })
})

it('a store is an EventEmitter, made with new, by a class or by call', () => {
  class Own extends dropIn.Store {}
  for (const store of [new dropIn.Store(), new Own(), oldStyle(dropIn), new dropIn.MemoryStore()]) {
    expect(store).toBeInstanceOf(EventEmitter)
    expect(store).toBeInstanceOf(dropIn.Store)
    expect(store.listenerCount('connect')).toBe(0)
  }
})
