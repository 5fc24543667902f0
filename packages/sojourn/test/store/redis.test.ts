import { createClient, createCluster } from '@redis/client'
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis-5'
import { afterAll, describe } from 'vitest'
import { redisStore } from '../../src/store/redis.js'
import type { ScannableStore } from '../../src/store/store.js'
import { alternate } from '../../src/testing/index.js'
import { startRedis } from '../servers/redis.js'
import { startRedisCluster } from '../servers/redis-cluster.js'
import { startRedisSentinels } from '../servers/redis-sentinel.js'
import { contractOn } from './contract-on.js'

describe('redisStore keeps the store contract', async () => {
  const [server, cluster, sentinels] = await Promise.all([startRedis(), startRedisCluster(), startRedisSentinels()])
  const { port, url } = server
  const nodes = cluster.servers.map((each) => ({ host: '127.0.0.1', port: each.port }))
  const rootNodes = cluster.urls.map((each) => ({ url: each }))
  // The machine that runs the tests may be busy with others.
  const timeout = 5_000
  const resendNothing = { autoResendUnfulfilledCommands: false }

  const nodeRedis = await createClient({ url }).connect()
  const nodeRedisCluster = await createCluster({ rootNodes }).connect()
  const ioredis = new Redis({ port, ...resendNothing })
  const ioredis5 = new Redis5({ port, ...resendNothing })
  const ioredisCluster = new Cluster(nodes, { retryDelayOnFailover: 0 })
  const ioredisCluster5 = new Cluster5(nodes, { retryDelayOnFailover: 0 })

  const stores: Record<string, ScannableStore> = {
    'on one server': await redisStore({ url, timeout }),
    'behind sentinels': await redisStore({ sentinel: sentinels, timeout }),
    'on a cluster': await redisStore({ cluster: cluster.urls, timeout }),
    'through a client of @redis/client': await redisStore({ client: nodeRedis, prefix: 'a:', timeout }),
    'through a cluster client of @redis/client': await redisStore({ client: nodeRedisCluster, prefix: 'a:', timeout }),
    'through a client of ioredis 6': await redisStore({ client: ioredis, prefix: 'b:', timeout }),
    'through a client of ioredis 5': await redisStore({ client: ioredis5, prefix: 'c:', timeout }),
    'through a Cluster of ioredis 6': await redisStore({ client: ioredisCluster, prefix: 'b:', timeout }),
    'through a Cluster of ioredis 5': await redisStore({ client: ioredisCluster5, prefix: 'c:', timeout }),
    'on two handles to one server': alternate([
      await redisStore({ url, prefix: '2:', timeout }),
      await redisStore({ url, prefix: '2:', timeout }),
    ]) as ScannableStore,
    'on handles of two kinds to one cluster': alternate([
      await redisStore({ cluster: cluster.urls, prefix: '2:', timeout }),
      await redisStore({ client: ioredisCluster, prefix: '2:', timeout }),
    ]) as ScannableStore,
  }

  afterAll(async () => {
    await Promise.all(Object.values(stores).map((store) => store.close()))
    for (const client of [ioredis, ioredis5, ioredisCluster, ioredisCluster5]) client.disconnect()
    nodeRedis.destroy()
    nodeRedisCluster.destroy()
    await Promise.all([server.stop(), cluster.stop(), sentinels.stop()])
  })

  for (const [name, store] of Object.entries(stores)) describe(name, () => contractOn(() => store))
})
