import { redisStore } from 'sojourn/redis'
import { afterAll, beforeAll } from 'vitest'
import { type RedisServer, startRedis } from '../servers/redis.js'
import { engineBench, ownPrefix, PATIENT } from './engine-bench.js'
import { describeBehaviour } from './suite.js'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

describeBehaviour('the engine on Redis', 'engine', async (limits) => {
  const store = await redisStore({ url: server.url, prefix: ownPrefix(), timeout: PATIENT })
  return engineBench({ store, clear: async () => void (await server.cli('FLUSHALL')) }, limits)
})
