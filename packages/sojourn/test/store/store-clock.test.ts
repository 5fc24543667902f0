import { createSessionManager, movingStore } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { expect, it } from 'vitest'
import { postgresStore } from '../../src/store/postgres.js'
import { redisStore } from '../../src/store/redis.js'
import { type ScannableStore, tellsTime } from '../../src/store/store.js'
import { startPostgres } from '../servers/postgres.js'
import { startRedis } from '../servers/redis.js'
import { startRedisCluster } from '../servers/redis-cluster.js'

/** The machine that runs the tests may be busy with others. */
const timeout = 10_000

async function readsTheClock(store: ScannableStore): Promise<void> {
  if (!tellsTime(store)) throw new Error('this store does not tell the time')
  const before = Date.now()
  const told = await store.now()
  expect(told).toBeGreaterThanOrEqual(before - 1)
  expect(told).toBeLessThanOrEqual(Date.now() + 1)
  await using sessions = await createSessionManager({
    storage: store,
    keys: { master: Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + 11) & 255) },
    cleanupInterval: 0,
  })
  expect(await sessions.clockSkew()).toBeLessThan(2_000)
}

it('Redis tells the time of its server [TMO-8]', async () => {
  const server = await startRedis()
  try {
    await readsTheClock(await redisStore({ url: server.url, timeout }))
  } finally {
    await server.stop()
  }
})

it('a Redis Cluster tells the time of one of its servers [TMO-8]', async () => {
  const cluster = await startRedisCluster()
  try {
    await readsTheClock(await redisStore({ cluster: cluster.urls, timeout }))
  } finally {
    await cluster.stop()
  }
})

it('Postgres tells the time of its server, also as the store that sessions are moved to [TMO-8]', async () => {
  const server = await startPostgres()
  try {
    await readsTheClock(await postgresStore({ url: server.url }))
    await readsTheClock(movingStore(await memoryStore(), await postgresStore({ url: server.url })))
  } finally {
    await server.close()
  }
})

it('a store in memory has no clock of its own to tell', async () => {
  expect(tellsTime(await memoryStore())).toBe(false)
})
