import { startMemcached } from '../servers/memcached.js'
import { describeApps } from './apps-suite.js'

// Nothing is kept in memory here: each request asks.
describeApps(
  'Memcached',
  async () => {
    const servers = await Promise.all([startMemcached('-M'), startMemcached('-M')])
    return {
      place: { kind: 'memcached', at: servers.map(({ address }) => address).join(','), replicas: 0 },
      outages: [
        {
          name: 'it stands still',
          down: async () => void (await Promise.all(servers.map((server) => server.pause()))),
          up() {
            for (const server of servers) server.resume()
          },
        },
      ],
      stop: async () => undefined,
    }
  },
  { outages: ['it stands still'], waits: false },
)
