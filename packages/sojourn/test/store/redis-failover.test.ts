import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { redisStore } from '../../src/store/redis.js'
import type { ReplicatedStore, ScannableStore } from '../../src/store/store.js'
import { startRedis, until } from '../servers/redis.js'
import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.js'
import { startRedisProxy } from '../servers/redis-proxy.js'
import { type RedisSentinels, startRedisSentinels } from '../servers/redis-sentinel.js'
import { broken, type Load, load, untilServed } from './redis-load.js'

const isLong = process.env['SOJOURN_LONG'] === '1'
const RUNS = isLong ? 20 : 2
const BACK_WITHIN = 3_000

const runs = Array.from({ length: RUNS }, (_, place) => place + 1)

/** Without it a run would prove nothing; how long that takes is the machine's business. */
const somethingToLose = (traffic: Load): Promise<void> =>
  until('ends are durable that could be lost', async () => traffic.durable.length > 100)

/** Ends the load, and checks what must hold whichever way the primary was lost. */
async function checkPromises(store: ScannableStore & ReplicatedStore, traffic: Load, before: number, what: string): Promise<void> {
  const later = load(store, 8, true)
  await until('ends are durable again, where nothing is in doubt', async () => later.durable.length > 50)
  await Promise.all([traffic.stop(), later.stop()])
  expect([...traffic.faults.keys()], 'what was thrown meanwhile').toEqual(traffic.faults.size === 0 ? [] : ['STORE_UNAVAILABLE'])
  expect(before, 'ends that were durable before the primary was lost').toBeGreaterThan(50)
  expect(await broken(store, [...traffic.durable, ...later.durable]), 'ends that were called durable and are not there').toEqual([])
  const refused = traffic.faults.get('STORE_UNAVAILABLE') ?? 0
  if (isLong) process.stdout.write(`${what}: ${traffic.durable.length} durable, ${traffic.stored()} stored, ${refused} refused\n`)
}

describe('redisStore on a cluster', () => {
  let cluster: RedisCluster
  let store: ScannableStore & ReplicatedStore

  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterEach(() => store.close())
  afterAll(() => cluster.stop())

  it.each(runs)('loses no durable end when a primary is killed, and is back in three seconds (run %i) [AVL-4 ATK-082]', async () => {
    await cluster.whole()
    store = await redisStore({ cluster: cluster.urls, replicas: 1 })
    const traffic = load(store)
    await somethingToLose(traffic)
    const before = traffic.durable.length
    const lost = await cluster.primaryOf('sojourn:{aa}:x')
    await lost.signal('SIGKILL')
    const start = performance.now()
    await cluster.tookOver(lost)
    const failedOver = performance.now() - start
    const back = await untilServed(store)
    expect(back, 'until every primary answers').toBeLessThan(BACK_WITHIN)
    await lost.start()
    await cluster.whole()
    await checkPromises(store, traffic, before, `cluster, killed: fail-over ${failedOver.toFixed(0)} ms, back after ${back.toFixed(0)} ms`)
  })

  it.each(runs)('loses no durable end when a primary stands still past its time and comes back (run %i)', async () => {
    await cluster.whole()
    store = await redisStore({ cluster: cluster.urls, replicas: 1 })
    const traffic = load(store, 40)
    await somethingToLose(traffic)
    const before = traffic.durable.length
    const lost = await cluster.primaryOf('sojourn:{aa}:x')
    await lost.signal('SIGSTOP')
    const start = performance.now()
    await cluster.tookOver(lost)
    const failedOver = performance.now() - start
    await lost.signal('SIGCONT')
    const back = await untilServed(store)
    expect(back, 'until every primary answers').toBeLessThan(BACK_WITHIN)
    await cluster.whole()
    await checkPromises(store, traffic, before, `cluster, stopped: fail-over ${failedOver.toFixed(0)} ms, back after ${back.toFixed(0)} ms`)
  })
})

describe('redisStore behind sentinels', () => {
  let sentinels: RedisSentinels
  let store: ScannableStore & ReplicatedStore

  // Anew for each run: sentinels take their time between two fail-overs.
  beforeEach(async () => {
    sentinels = await startRedisSentinels()
  })
  afterEach(async () => {
    await store.close()
    await sentinels.stop()
  })

  it.each(runs)('loses no durable end when the primary is killed, and is back in three seconds (run %i) [AVL-4 ATK-082]', async () => {
    // Either replica may be elected, so both must have it.
    store = await redisStore({ sentinel: sentinels, replicas: 2 })
    const traffic = load(store)
    await somethingToLose(traffic)
    const before = traffic.durable.length
    const lost = await sentinels.primary()
    await lost.signal('SIGKILL')
    const start = performance.now()
    await sentinels.tookOver(lost)
    const failedOver = performance.now() - start
    const back = await untilServed(store)
    expect(back, 'until the primary answers').toBeLessThan(BACK_WITHIN)
    // The sentinels would make it a replica too, but not before ten seconds.
    await lost.start('--replicaof', `127.0.0.1 ${(await sentinels.primary()).port}`)
    await sentinels.whole()
    await checkPromises(
      store,
      traffic,
      before,
      `sentinels, killed: fail-over ${failedOver.toFixed(0)} ms, back after ${back.toFixed(0)} ms`,
    )
  })
})

describe('redisStore over a link', () => {
  it.each(runs)('loses no durable end when the link is cut or stopped up, and is back in three seconds (run %i)', async (run) => {
    const primary = await startRedis()
    const replica = await startRedis({ args: ['--replicaof', `127.0.0.1 ${primary.port}`] })
    const proxy = await startRedisProxy(primary.port)
    try {
      await until('the replica follows', async () => (await primary.cli('INFO', 'replication')).includes('state=online'))
      const store = await redisStore({ url: proxy.url, replicas: 1 })
      const traffic = load(store)
      await somethingToLose(traffic)
      const before = traffic.durable.length
      if (run % 2 === 0) proxy.cut()
      else {
        proxy.stopUp()
        await pause(1_500)
        proxy.open()
      }
      const back = await untilServed(store)
      expect(back, 'until the primary answers').toBeLessThan(BACK_WITHIN)
      await checkPromises(store, traffic, before, `link, ${run % 2 === 0 ? 'cut' : 'stopped up'}: back after ${back.toFixed(0)} ms`)
      await store.close()
    } finally {
      await proxy.stop()
      await Promise.all([replica.stop(), primary.stop()])
    }
  })
})
