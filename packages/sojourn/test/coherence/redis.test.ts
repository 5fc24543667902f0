import { startLinkProxy } from '../servers/link-proxy.js'
import { startRedis } from '../servers/redis.js'
import { describeNodes } from './nodes-suite.js'

describeNodes(
  'one Redis',
  async () => {
    const server = await startRedis()
    const proxy = await startLinkProxy(server.port, /subscribe/i)
    const place = { kind: 'redis', prefix: 'nodes:', replicas: 0 } as const
    return {
      places: [server.url, server.url, `redis://127.0.0.1:${proxy.port}`].map((at) => ({ ...place, at })),
      faults: {
        async cutEars() {
          await server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')
        },
        muffle: proxy.muffle,
        stopUp: proxy.stopUp,
        open: proxy.open,
        async wipe() {
          await server.cli('FLUSHALL')
        },
        async restart() {
          await server.signal('SIGKILL')
          await server.start()
        },
      },
      async stop() {
        await proxy.stop()
        await server.stop()
      },
    }
  },
  { faults: ['cutEars', 'muffle', 'stopUp', 'wipe', 'restart'] },
)
