import { redisStore } from 'sojourn/redis'
import { afterAll, beforeAll } from 'vitest'
import { type RedisSentinels, startRedisSentinels } from '../servers/redis-sentinel.js'
import { engineBench, ownPrefix, PATIENT } from './engine-bench.js'
import { describeBehaviour } from './suite.js'

let sentinels: RedisSentinels
beforeAll(async () => {
  sentinels = await startRedisSentinels()
}, 120_000)
afterAll(() => sentinels.stop())

describeBehaviour('the engine on Redis with Sentinel', 'engine', async (limits) => {
  const { name, nodes } = sentinels
  const store = await redisStore({ sentinel: { name, nodes }, prefix: ownPrefix(), timeout: PATIENT, replicas: 2 })
  return engineBench({ store, clear: async () => undefined }, limits)
})
