import { startRedisSentinels } from '../servers/redis-sentinel.js'
import { describeNodes } from './nodes-suite.js'

describeNodes(
  'Redis with Sentinel',
  async () => {
    const sentinels = await startRedisSentinels()
    const at = `${sentinels.name}@${sentinels.nodes.join(',')}`
    const place = { kind: 'redis', at, prefix: 'nodes:', replicas: 2 } as const
    return {
      places: [place, place, place],
      faults: {
        async cutEars() {
          await (await sentinels.primary()).cli('CLIENT', 'KILL', 'TYPE', 'pubsub')
        },
        async wipe() {
          await (await sentinels.primary()).cli('FLUSHALL')
        },
      },
      stop: sentinels.stop,
    }
  },
  { faults: ['cutEars', 'wipe'] },
)
