import { setTimeout as pause } from 'node:timers/promises'
import type { SeededRandom } from '../../src/testing/seeded-random.js'
import type { Place } from '../coherence/orders.js'
import { startLinkProxy } from '../servers/link-proxy.js'
import { startPostgres } from '../servers/postgres.js'
import type { RedisServer } from '../servers/redis.js'
import { startRedisCluster } from '../servers/redis-cluster.js'
import { startRedisSentinels } from '../servers/redis-sentinel.js'

/** Something that goes wrong with the store; resolves when it is over. */
export type StoreFault = (random: SeededRandom) => Promise<void>

/** A real store, and what can be done to it. */
export interface Chaos {
  readonly places: readonly Omit<Place, 'name'>[]
  readonly faults: Readonly<Record<string, StoreFault>>
  /** Resolves when the store is as it was. */
  whole(): Promise<void>
  stop(): Promise<void>
}

/** Past every time-out: that of the cluster is two seconds, that of the sentinels one, a lease two. */
const LONG = 3_500

const killEars = async (servers: readonly RedisServer[]): Promise<void> => {
  await Promise.allSettled(servers.map((server) => server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')))
}

/** What can be done to Redis wherever it runs. `pick` names a server that takes writes. */
function redisFaults(servers: readonly RedisServer[], pick: (random: SeededRandom) => Promise<RedisServer>): Chaos['faults'] {
  return {
    'ears cut': () => killEars(servers),
    async 'primary killed'(random) {
      const server = await pick(random)
      await server.signal('SIGKILL')
      await pause(LONG)
      await server.start()
    },
    async 'primary stopped'(random) {
      const server = await pick(random)
      await server.signal('SIGSTOP')
      await pause(random.pick([600, LONG]))
      await server.signal('SIGCONT')
    },
    async 'primary silent'(random) {
      await (await pick(random)).cli('CLIENT', 'PAUSE', '1200', 'ALL')
      await pause(1_200)
    },
    async 'all data gone'(random) {
      await (await pick(random)).cli('FLUSHALL')
    },
  }
}

async function redisCluster(): Promise<Chaos> {
  const cluster = await startRedisCluster()
  const place = { kind: 'redis', at: cluster.urls.join(','), prefix: 'chaos:', replicas: 1 } as const
  return {
    places: [place, place, place],
    faults: redisFaults(cluster.servers, (random) => cluster.primaryOf(`key-${random.below(1_000)}`)),
    whole: cluster.whole,
    stop: cluster.stop,
  }
}

async function redisSentinel(): Promise<Chaos> {
  const sentinels = await startRedisSentinels()
  const place = { kind: 'redis', at: `${sentinels.name}@${sentinels.nodes.join(',')}`, prefix: 'chaos:', replicas: 2 } as const
  return {
    places: [place, place, place],
    faults: redisFaults(sentinels.servers, sentinels.primary),
    async whole() {
      const primary = await sentinels.primary()
      for (let tries = 0; tries < 300; tries++) {
        const replication = await primary.cli('INFO', 'replication').catch(() => '')
        if (replication.split('state=online').length === 3) return
        await pause(100)
      }
      throw new Error('the primary does not get its replicas back')
    },
    stop: sentinels.stop,
  }
}

async function postgres(): Promise<Chaos> {
  const server = await startPostgres()
  const proxy = await startLinkProxy(server.port, /listen sojourn_wake/)
  const shut = async (how: 'muffle' | 'stopUp', random: SeededRandom): Promise<void> => {
    proxy[how]()
    await pause(random.pick([700, LONG]))
    proxy.open()
  }
  const urls = [server.url, server.url, server.url.replace(`:${server.port}`, `:${proxy.port}`)]
  return {
    places: urls.map((at) => ({ kind: 'postgres', at, prefix: '', replicas: 0 })),
    faults: {
      async 'ears cut'() {
        await server.sql(
          `select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_current_snapshot%' and pid <> pg_backend_pid()`,
        )
      },
      'one way muffled': (random) => shut('muffle', random),
      'one way stopped': (random) => shut('stopUp', random),
      async 'server killed'() {
        await server.kill()
        await pause(500)
        await server.start()
      },
      async 'server stopped'(random) {
        server.freeze()
        await pause(random.pick([600, LONG]))
        server.thaw()
      },
      async 'all data gone'() {
        await server.sql('truncate sojourn_rows')
      },
    },
    whole: async () => void (await server.sql('select 1')),
    async stop() {
      await proxy.stop()
      await server.close()
    },
  }
}

export const topologies: Readonly<Record<string, () => Promise<Chaos>>> = {
  'redis-cluster': redisCluster,
  'redis-sentinel': redisSentinel,
  postgres,
}
