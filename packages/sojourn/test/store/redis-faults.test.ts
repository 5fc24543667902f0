import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isSessionError } from '../../src/errors.js'
import { type RedisStoreOptions, type RedisStoreSettings, type RedisTarget, redisStore } from '../../src/store/redis.js'
import type { ReplicatedStore, Row, ScannableStore } from '../../src/store/store.js'
import { bytesOf, nextRow, sampleRow, unique } from '../../src/testing/contract/sample.js'
import { freePort, type RedisServer, startRedis, until } from '../servers/redis.js'
import { startRedisProxy } from '../servers/redis-proxy.js'

type RedisStore = ScannableStore & ReplicatedStore

const verbsOf = (store: ScannableStore, row: Row): Readonly<Record<string, () => Promise<unknown>>> => ({
  insert: () => store.insert(row),
  get: () => store.get(row.id),
  replace: () => store.replace(nextRow(row)),
  remove: () => store.remove(row.id),
  list: () => store.list(row.owner ?? ''),
  scan: () => store.scan({ from: 0, to: 8.64e15, limit: 10 }),
})

/** Each verb must throw, and what it throws must tell nothing of the row. */
async function expectUnavailable(store: ScannableStore, row: Row, verbs = Object.keys(verbsOf(store, row))): Promise<void> {
  for (const [name, verb] of Object.entries(verbsOf(store, row))) {
    if (!verbs.includes(name)) continue
    const fault: unknown = await verb().then(
      (answer) => `answered ${String(answer)}`,
      (thrown: unknown) => thrown,
    )
    expect(fault, name).toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
    const told = `${String(fault)} ${String(Object(fault).cause)} ${JSON.stringify(Object(fault).cause)} ${Object.keys(Object(Object(fault).cause)).join()}`
    expect(told).not.toContain(row.id)
    expect(told).not.toContain(row.owner)
    expect(told).not.toContain('secret text')
  }
}

const secretRow = (): Row => sampleRow({ owner: unique(), data: bytesOf('secret text') })
const answers = (store: ScannableStore): Promise<boolean> =>
  store.get(unique()).then(
    () => true,
    () => false,
  )

describe('redisStore throws STORE_UNAVAILABLE', () => {
  let server: RedisServer

  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())
  afterEach(async () => {
    await server.cli('CONFIG', 'SET', 'maxmemory', '0', 'min-replicas-to-write', '0')
  })

  async function open(options: RedisStoreSettings & Partial<RedisTarget> = {}): Promise<RedisStore> {
    const target = 'url' in options || 'client' in options ? {} : { url: server.url }
    const store = await redisStore({ ...target, ...options } as RedisStoreOptions)
    onTestFinished(() => store.close())
    return store
  }

  it('from every verb once it is closed, and closes twice', async () => {
    const store = await open()
    const row = secretRow()
    await store.insert(row)
    await store.close()
    await store.close()
    await expectUnavailable(store, row)
    await expect(store.settle(row.id)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('at once while the server is away, and works again when it is back', async () => {
    const other = await startRedis()
    onTestFinished(() => other.stop())
    const store = await open({ url: other.url })
    await store.insert(secretRow())
    await other.signal('SIGKILL')
    await until('it has noticed', async () => !(await answers(store)))
    const start = performance.now()
    await expectUnavailable(store, secretRow())
    expect(performance.now() - start, 'six refusals').toBeLessThan(500)
    await other.start()
    const back = performance.now()
    await until('it answers again', () => answers(store))
    expect(performance.now() - back).toBeLessThan(1_000)
    // The new process has never seen the scripts.
    expect(await store.insert(secretRow())).toBe(1)
  })

  it('when the link swallows everything, within the deadline, and never uses that connection again', async () => {
    const proxy = await startRedisProxy(server.port)
    onTestFinished(() => proxy.stop())
    const store = await open({ url: proxy.url, timeout: 200 })
    const row = secretRow()
    await store.insert(row)
    proxy.stopUp()
    const start = performance.now()
    await expectUnavailable(store, row, ['get'])
    expect(performance.now() - start).toBeGreaterThan(190)
    expect(performance.now() - start).toBeLessThan(600)
    await expectUnavailable(store, row)
    const made = proxy.made()
    proxy.open()
    await until('it answers again', () => answers(store))
    expect(proxy.made(), 'connections').toBeGreaterThan(made)
    expect((await store.get(row.id))?.id).toBe(row.id)
  })

  it('never with the answer to an earlier question: what comes late is dropped', async () => {
    const store = await open({ timeout: 100 })
    const rows = Array.from({ length: 20 }, () => secretRow())
    for (const row of rows) await store.insert(row)
    await server.signal('SIGSTOP')
    const late = Promise.allSettled(rows.map((row) => store.get(row.id)))
    await pause(250)
    await server.signal('SIGCONT')
    for (const outcome of await late) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } })
    await until('it answers again', () => answers(store))
    for (const row of rows.toReversed()) expect((await store.get(row.id))?.id).toBe(row.id)
  })

  it('for what was under way when the connection was cut, and goes on over a new one', async () => {
    const proxy = await startRedisProxy(server.port)
    onTestFinished(() => proxy.stop())
    const store = await open({ url: proxy.url })
    proxy.stopUp()
    const waiting = store.insert(secretRow())
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await pause(50)
    proxy.open()
    await outcome
    await until('it answers again', () => answers(store))
  })

  it('for nothing but what was under way when an administrator kills the connection', async () => {
    const store = await open()
    await server.cli('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await until('it answers again', () => answers(store), 1_000)
    expect(await store.insert(secretRow())).toBe(1)
  })

  it('when the memory is full, for what would add to it', async () => {
    const store = await open()
    const row = secretRow()
    await store.insert(row)
    await server.cli('CONFIG', 'SET', 'maxmemory', '1')
    await expectUnavailable(store, secretRow(), ['insert'])
    await expectUnavailable(store, row, ['replace'])
    expect((await store.get(row.id))?.version).toBe(1)
    await server.cli('CONFIG', 'SET', 'maxmemory', '0')
    expect(await store.replace(nextRow(row))).toBe(true)
  })

  it('when the server wants more replicas than it has before it writes', async () => {
    const store = await open()
    const row = secretRow()
    await store.insert(row)
    await server.cli('CONFIG', 'SET', 'min-replicas-to-write', '1')
    await expectUnavailable(store, secretRow(), ['insert'])
    await expectUnavailable(store, row, ['replace', 'remove'])
    await server.cli('CONFIG', 'SET', 'min-replicas-to-write', '0')
    expect((await store.get(row.id))?.version, 'nothing was done').toBe(1)
  })

  it.each(['url', 'ioredis'])('when rights are taken away, without a word of the row (%s)', async (kind) => {
    await server.cli('ACL', 'SETUSER', 'app', 'on', '>pw', '~*', '+@all')
    const client = new Redis({ port: server.port, username: 'app', password: 'pw', autoResendUnfulfilledCommands: false })
    onTestFinished(() => client.disconnect())
    const store = await open(kind === 'url' ? { url: `redis://app:pw@127.0.0.1:${server.port}` } : { client })
    const row = secretRow()
    await store.insert(row)
    await server.cli('ACL', 'SETUSER', 'app', '-@all', '+ping')
    await expectUnavailable(store, row)
  })

  it('for a key that holds something else', async () => {
    const store = await open()
    const [text, list] = [secretRow(), secretRow()]
    await server.cli('SET', `sojourn:{ab}:r:${text.id}`, 'not a row')
    await server.cli('LPUSH', `sojourn:{ab}:r:${list.id}`, 'not a row')
    await expectUnavailable(store, text, ['get'])
    await expectUnavailable(store, list, ['get', 'replace', 'remove'])
  })

  it('when more is waiting than may [AVL-2]', async () => {
    const store = await open({ maxPending: 100 })
    const outcomes = await Promise.allSettled(Array.from({ length: 300 }, () => store.get(unique())))
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(100)
    for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } })
    expect(await answers(store)).toBe(true)
  })

  it('not at all when a primary has become a replica for a moment: it waits within the deadline', async () => {
    const store = await open({ timeout: 5_000 })
    const row = secretRow()
    await store.insert(row)
    // Of a server that is not there, so that nothing is taken over from it.
    await server.cli('REPLICAOF', '127.0.0.1', `${await freePort()}`)
    const replacing = store.replace(nextRow(row))
    await pause(300)
    await server.cli('REPLICAOF', 'NO', 'ONE')
    expect(await replacing).toBe(true)
  })
})

describe('redisStore after FLUSHALL', () => {
  it('finds no session, and goes on', async () => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    const store = await redisStore({ url: server.url })
    onTestFinished(() => store.close())
    const row = secretRow()
    await store.insert(row)
    await server.cli('FLUSHALL')
    await server.cli('SCRIPT', 'FLUSH')
    expect(await store.get(row.id)).toBeUndefined()
    expect(await store.list(row.owner ?? '')).toEqual([])
    expect(await store.replace(nextRow(row))).toBe(false)
    expect(await store.remove(row.id)).toBeUndefined()
    expect(await store.scan({ from: 0, to: 8.64e15, limit: 10 })).toMatchObject({ rows: [] })
    expect(await store.insert(row)).toBe(1)
  })
})

describe('a row that makes no sense', () => {
  it('is refused before anything is sent: another bucket than its owner, or none', async () => {
    const server = await startRedis()
    onTestFinished(() => server.stop())
    const store = await redisStore({ url: server.url })
    onTestFinished(() => store.close())
    const refused = { code: 'INVALID_ARGUMENT' }
    await expect(store.insert(sampleRow({ owner: unique('cd') }))).rejects.toMatchObject(refused)
    await expect(store.insert(sampleRow({ id: '00nobucket' }))).rejects.toMatchObject(refused)
    const row = secretRow()
    await store.insert(row)
    await expect(store.replace(nextRow(row, { owner: unique() }))).rejects.toMatchObject({ ...refused, path: 'owner' })
    const fault = await store.replace(nextRow(row, { owner: unique() })).catch((thrown: unknown) => thrown)
    expect(isSessionError(fault) && String(fault)).not.toContain(row.id)
    expect((await store.get(row.id))?.version).toBe(1)
  })
})
