import { startRedisSentinels } from '../servers/redis-sentinel.js'
import { describeApps } from './apps-suite.js'

describeApps(
  'Redis with Sentinel',
  async () => {
    const sentinels = await startRedisSentinels()
    const signalAll = async (name: 'SIGSTOP' | 'SIGCONT'): Promise<void> => {
      await Promise.all([...sentinels.sentinels, ...sentinels.servers].map((server) => server.signal(name)))
    }
    const aCopy = async () => {
      const primary = await sentinels.primary()
      const [copy] = sentinels.servers.filter((server) => server !== primary)
      if (copy === undefined) throw new Error('There is no copy.')
      return copy
    }
    return {
      place: { kind: 'redis', at: `${sentinels.name}@${sentinels.nodes.join(',')}`, replicas: 2 },
      outages: [
        {
          name: 'all of it stands still',
          down: () => signalAll('SIGSTOP'),
          async up() {
            await signalAll('SIGCONT')
            await sentinels.whole()
          },
        },
      ],
      copies: {
        // One of the two: a majority vouches for the leases.
        stop: async () => (await aCopy()).signal('SIGSTOP'),
        goOn: async () => (await aCopy()).signal('SIGCONT'),
      },
      failOver: sentinels.failOver,
      stop: sentinels.stop,
    }
  },
  { outages: ['all of it stands still'], can: ['failOver', 'stopCopies'] },
)
