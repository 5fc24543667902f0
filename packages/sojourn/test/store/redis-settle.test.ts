import { createClient } from '@redis/client'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { type RedisStoreOptions, redisStore } from '../../src/store/redis.js'
import type { ReplicatedStore, ScannableStore } from '../../src/store/store.js'
import { nextRow, sampleRow } from '../../src/testing/contract/sample.js'
import { type RedisServer, startRedis, until } from '../servers/redis.js'
import { startRedisProxy } from '../servers/redis-proxy.js'

const isFollowed = (server: RedisServer): Promise<void> =>
  until('its replica is online', async () => (await server.cli('INFO', 'replication')).includes('state=online'))

/** The machine that runs the tests may be busy with others. */
const PATIENT = 5_000

interface Pair {
  readonly primary: RedisServer
  readonly replica: RedisServer
}

async function startPair(): Promise<Pair> {
  const primary = await startRedis()
  const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${primary.port}`] })
  await isFollowed(primary)
  return { primary, replica }
}

async function open(options: RedisStoreOptions): Promise<ScannableStore & ReplicatedStore> {
  const store = await redisStore(options)
  onTestFinished(() => store.close())
  return store
}

describe('settle', async () => {
  const { primary, replica } = await startPair()
  afterAll(() => Promise.all([primary.stop(), replica.stop()]))
  const { url } = primary

  it('answers durable once the replicas have what was written', async () => {
    const store = await open({ url, replicas: 1 })
    const row = sampleRow()
    await store.insert(row)
    expect(await store.settle(row.id)).toBe('durable')
    expect(await store.replace(nextRow(row))).toBe(true)
    expect(await store.settle(row.id)).toBe('durable')
    expect(await replica.cli('EXISTS', `sojourn:{ab}:r:${row.id}`)).toBe('1')
  })

  it('answers durable at once where no replica has to have it: there is no further copy to wait for', async () => {
    const store = await open({ url })
    const row = sampleRow()
    await store.insert(row)
    expect(await store.settle(row.id)).toBe('durable')
  })

  it('answers durable for what another handle has written', async () => {
    const [one, two] = [await open({ url, replicas: 1 }), await open({ url, replicas: 1 })]
    const row = sampleRow()
    await one.insert(row)
    expect(await two.settle(row.id)).toBe('durable')
  })

  it.each(['@redis/client', 'ioredis'])('works over a ready client of %s', async (kind) => {
    const client =
      kind === 'ioredis' ? new Redis({ port: primary.port, autoResendUnfulfilledCommands: false }) : await createClient({ url }).connect()
    onTestFinished(() => client.disconnect())
    const store = await open({ client, replicas: 1 })
    const row = sampleRow()
    await store.insert(row)
    expect(await store.settle(row.id)).toBe('durable')
  })

  it('answers stored while a replica stands still, holds up nobody meanwhile, and durable once it goes on', async () => {
    const store = await open({ url, replicas: 1, waitTimeout: 1_000, timeout: PATIENT })
    const row = sampleRow()
    await store.insert(row)
    await replica.signal('SIGSTOP')
    try {
      expect(await store.replace(nextRow(row))).toBe(true)
      const start = performance.now()
      let isSettled = false
      const settling = Promise.all(Array.from({ length: 200 }, () => store.settle(row.id))).finally(() => {
        isSettled = true
      })
      let reads = 0
      for (; !isSettled; reads++) await store.get(row.id)
      expect(new Set(await settling)).toEqual(new Set(['stored']))
      expect(performance.now() - start, 'no longer than waitTimeout').toBeLessThan(2_500)
      // If each call had a WAIT of its own, or one WAIT lasted all the time, there would be two or three.
      expect(reads, 'reads meanwhile').toBeGreaterThan(10)
    } finally {
      await replica.signal('SIGCONT')
    }
    expect(await store.settle(row.id)).toBe('durable')
  })

  it('does not take a new connection for the one that carried the write', async () => {
    const proxy = await startRedisProxy(primary.port)
    onTestFinished(() => proxy.stop())
    const store = await open({ url: proxy.url, replicas: 1 })
    const row = sampleRow()
    await store.insert(row)
    proxy.cut()
    await until('it is connected again', () =>
      store.get(row.id).then(
        () => true,
        () => false,
      ),
    )
    expect(await store.settle(row.id), 'the write went over the connection that was cut').toBe('stored')
  })
})

describe('settle after a fail-over', () => {
  it.each(['url', '@redis/client', 'ioredis'] as const)('never calls durable what the new primary does not have (%s)', async (kind) => {
    const primary = await startRedis()
    const stream = await startRedisProxy(primary.port)
    const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${stream.port}`] })
    const second = await startRedis({ args: ['--replicaof', `127.0.0.1 ${replica.port}`] })
    const proxy = await startRedisProxy(primary.port)
    onTestFinished(() => Promise.all([proxy, stream, primary, replica, second].map((each) => each.stop())).then(() => undefined))
    await isFollowed(primary)
    const settings = { replicas: 1, timeout: PATIENT }
    const { port, url } = proxy
    const client =
      kind === 'ioredis'
        ? new Redis({ port, autoResendUnfulfilledCommands: false, retryStrategy: () => 20 })
        : createClient({ url, socket: { reconnectStrategy: 20 } })
    client.on('error', () => undefined)
    if (client instanceof Redis) await client.ping()
    else await client.connect()
    onTestFinished(() => client.disconnect())
    const store = await open(kind === 'url' ? { url, ...settings } : { client, ...settings })
    const row = sampleRow()
    await store.insert(row)
    expect(await store.settle(row.id)).toBe('durable')

    // The end reaches the primary, but no replica any more.
    stream.stopUp()
    expect(await store.replace(nextRow(row, { owner: null }))).toBe(true)
    await primary.signal('SIGKILL')
    await replica.cli('REPLICAOF', 'NO', 'ONE')
    proxy.pointTo(replica.port)
    await until('it is connected again', () =>
      store.get(row.id).then(
        () => true,
        () => false,
      ),
    )

    expect((await store.get(row.id))?.version, 'the end is lost').toBe(1)
    expect(await store.settle(row.id)).toBe('stored')
    const next = sampleRow()
    await store.insert(next)
    expect(await store.settle(next.id), 'in the same bucket, a moment later').toBe('stored')
    const other = sampleRow({ id: `cd${next.id}` })
    await store.insert(other)
    await isFollowed(replica)
    expect(await store.settle(other.id), 'in a bucket where nothing was pending').toBe('durable')
  })
})
