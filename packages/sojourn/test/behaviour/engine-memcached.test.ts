import { memcachedStore } from 'sojourn/memcached'
import { beforeAll } from 'vitest'
import { startMemcached } from '../servers/memcached.js'
import { engineBench, ownPrefix, PATIENT } from './engine-bench.js'
import { describeBehaviour } from './suite.js'

let servers: readonly string[]
beforeAll(async () => {
  servers = (await Promise.all([startMemcached(), startMemcached()])).map(({ address }) => address)
})

describeBehaviour('the engine on Memcached', 'engine', async (limits) => {
  const store = await memcachedStore({ servers, prefix: ownPrefix(), timeout: PATIENT })
  return engineBench({ store, clear: async () => undefined }, limits)
})
