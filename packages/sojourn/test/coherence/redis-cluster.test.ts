import { startRedisCluster } from '../servers/redis-cluster.js'
import { describeNodes } from './nodes-suite.js'

describeNodes(
  'a Redis Cluster',
  async () => {
    const cluster = await startRedisCluster()
    const place = { kind: 'redis', at: cluster.urls.join(','), prefix: 'nodes:', replicas: 1 } as const
    return {
      places: [place, place, place],
      faults: {
        async cutEars() {
          await Promise.all(cluster.servers.map((server) => server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')))
        },
        async wipe() {
          await Promise.all(cluster.servers.slice(0, 3).map((server) => server.cli('FLUSHALL')))
        },
      },
      stop: cluster.stop,
    }
  },
  { faults: ['cutEars', 'wipe'] },
)
