import { startRedis } from '../servers/redis.js'
import { describeApps } from './apps-suite.js'

describeApps(
  'one Redis',
  async () => {
    // What it has answered it still has when it was killed.
    const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    return {
      place: { kind: 'redis', at: server.url, replicas: 0 },
      outages: [
        { name: 'it stands still', down: () => server.signal('SIGSTOP'), up: () => server.signal('SIGCONT') },
        { name: 'it was killed', down: () => server.signal('SIGKILL'), up: () => server.start() },
      ],
      stop: server.stop,
    }
  },
  { outages: ['it was killed', 'it stands still'] },
)
