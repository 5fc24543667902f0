import { startRedisCluster } from '../servers/redis-cluster.js'
import { describeApps } from './apps-suite.js'

describeApps(
  'a Redis Cluster',
  async () => {
    const cluster = await startRedisCluster()
    const signalAll = async (name: 'SIGSTOP' | 'SIGCONT'): Promise<void> => {
      await Promise.all(cluster.servers.map((server) => server.signal(name)))
    }
    return {
      place: { kind: 'redis', at: cluster.urls.join(','), replicas: 1 },
      outages: [
        {
          name: 'all of it stands still',
          down: () => signalAll('SIGSTOP'),
          async up() {
            await signalAll('SIGCONT')
            await cluster.whole()
          },
        },
      ],
      stop: cluster.stop,
    }
  },
  { outages: ['all of it stands still'] },
)
