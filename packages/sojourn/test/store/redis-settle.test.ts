import { createClient } from '@redis/client'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { redisStore, type RedisStoreOptions } from '../../src/store/redis.js'
import type { ReplicatedStore, ScannableStore } from '../../src/store/store.js'
import { nextRow, sampleRow } from '../../src/testing/contract/sample.js'
import { type RedisServer, startRedis, until } from '../servers/redis.js'
import { startRedisProxy } from '../servers/redis-proxy.js'

interface Pair {
  readonly primary: RedisServer
  readonly replica: RedisServer
}

async function startPair(): Promise<Pair> {
  const primary = await startRedis()
  const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${primary.port}`] })
  await until('the replica is online', async () => (await primary.cli('INFO', 'replication')).includes('state=online'))
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

  it('answers stored where no replica has to have it: Redis alone promises no more', async () => {
    const store = await open({ url })
    const row = sampleRow()
    await store.insert(row)
    expect(await store.settle(row.id)).toBe('stored')
  })

  it('answers durable for what another handle has written', async () => {
    const [one, two] = [await open({ url, replicas: 1 }), await open({ url, replicas: 1 })]
    const row = sampleRow()
    await one.insert(row)
    expect(await two.settle(row.id)).toBe('durable')
  })

  it.each(['@redis/client', 'ioredis'])('works over a ready client of %s', async (kind) => {
    const client = kind === 'ioredis' ? new Redis({ port: primary.port, autoResendUnfulfilledCommands: false }) : await createClient({ url }).connect()
    onTestFinished(() => client.disconnect())
    const store = await open({ client, replicas: 1 })
    const row = sampleRow()
    await store.insert(row)
    expect(await store.settle(row.id)).toBe('durable')
  })

  it('answers stored while a replica stands still, holds up nobody meanwhile, and durable once it goes on', async () => {
    const store = await open({ url, replicas: 1, waitTimeout: 300 })
    const row = sampleRow()
    await store.insert(row)
    await replica.signal('SIGSTOP')
    try {
      expect(await store.replace(nextRow(row))).toBe(true)
      const start = performance.now()
      const settling = Promise.all(Array.from({ length: 50 }, () => store.settle(row.id)))
      let slowest = 0
      for (let asked = 0; asked < 20; asked++) {
        const since = performance.now()
        await store.get(row.id)
        slowest = Math.max(slowest, performance.now() - since)
      }
      expect(new Set(await settling)).toEqual(new Set(['stored']))
      expect(performance.now() - start, 'no longer than waitTimeout').toBeLessThan(900)
      expect(slowest, 'the slowest of the reads meanwhile').toBeLessThan(150)
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
    await until('it is connected again', () => store.get(row.id).then(() => true, () => false))
    expect(await store.settle(row.id), 'the write went over the connection that was cut').toBe('stored')
  })
})

describe('settle after a fail-over', () => {
  it.each(['url', '@redis/client', 'ioredis'] as const)('never calls durable what the new primary does not have (%s)', async (kind) => {
    const { primary, replica } = await startPair()
    const second = await startRedis({ args: ['--replicaof', `127.0.0.1 ${replica.port}`] })
    const proxy = await startRedisProxy(primary.port)
    onTestFinished(() => Promise.all([proxy.stop(), primary.stop(), replica.stop(), second.stop()]).then(() => undefined))
    const settings = { replicas: 1, waitTimeout: 200 }
    const { port, url } = proxy
    const client = kind === 'ioredis' ? new Redis({ port, autoResendUnfulfilledCommands: false, retryStrategy: () => 20 }) : createClient({ url, socket: { reconnectStrategy: 20 } })
    client.on('error', () => undefined)
    if (client instanceof Redis) await client.ping()
    else await client.connect()
    onTestFinished(() => client.disconnect())
    const store = await open(kind === 'url' ? { url, ...settings } : { client, ...settings })
    const row = sampleRow()
    await store.insert(row)
    expect(await store.settle(row.id)).toBe('durable')

    // The end reaches the primary, but no replica any more.
    await replica.signal('SIGSTOP')
    expect(await store.replace(nextRow(row, { owner: null }))).toBe(true)
    await primary.signal('SIGKILL')
    await replica.signal('SIGCONT')
    await replica.cli('REPLICAOF', 'NO', 'ONE')
    proxy.pointTo(replica.port)
    await until('it is connected again', () => store.get(row.id).then(() => true, () => false))

    expect((await store.get(row.id))?.version, 'the end is lost').toBe(1)
    expect(await store.settle(row.id)).toBe('stored')
    const next = sampleRow()
    await store.insert(next)
    expect(await store.settle(next.id), 'in the same bucket, a moment later').toBe('stored')
    const other = sampleRow({ id: `cd${next.id}` })
    await store.insert(other)
    await until('the new primary has its replica', async () => (await replica.cli('INFO', 'replication')).includes('state=online'))
    expect(await store.settle(other.id), 'in a bucket where nothing was pending').toBe('durable')
  })
})
