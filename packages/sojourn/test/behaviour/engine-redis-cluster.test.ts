import { redisStore } from 'sojourn/redis'
import { afterAll, beforeAll } from 'vitest'
import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.js'
import { engineBench, ownPrefix, PATIENT } from './engine-bench.js'
import { describeBehaviour } from './suite.js'

let cluster: RedisCluster
beforeAll(async () => {
  cluster = await startRedisCluster()
}, 120_000)
afterAll(() => cluster.stop())

describeBehaviour('the engine on a Redis Cluster', 'engine', async (limits) => {
  const store = await redisStore({ cluster: cluster.urls, prefix: ownPrefix(), timeout: PATIENT, replicas: 1 })
  return engineBench({ store, clear: async () => undefined }, limits)
})
