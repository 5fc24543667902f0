import { startLinkProxy } from '../servers/link-proxy.js'
import { startRedis } from '../servers/redis.js'
import { describeApps } from './apps-suite.js'

describeApps(
  'one Redis',
  async () => {
    // What it has answered it still has when it was killed.
    const server = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    const proxy = await startLinkProxy(server.port, /subscribe/i)
    const place = { kind: 'redis', at: server.url, replicas: 0 } as const
    return {
      place,
      muffled: { place: { ...place, at: server.url.replace(`:${server.port}`, `:${proxy.port}`) }, muffle: proxy.muffle, open: proxy.open },
      outages: [
        { name: 'it stands still', down: () => server.signal('SIGSTOP'), up: () => server.signal('SIGCONT') },
        { name: 'it was killed', down: () => server.signal('SIGKILL'), up: () => server.start() },
      ],
      async stop() {
        await proxy.stop()
        await server.stop()
      },
    }
  },
  { outages: ['it was killed', 'it stands still'], can: ['muffle'] },
)
