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
          const primary = await sentinels.primary()
          const listeners = (await primary.cli('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n')
          // The sentinels listen too. One that loses its connection twice within a second takes the server for dead, and the
          // copy that takes over may not have what was made last: another fault than this one.
          const ours = listeners.filter((line) => !line.includes(' name=sentinel-'))
          const ids = ours.flatMap((line) => /^id=(\d+)/.exec(line)?.[1] ?? [])
          await Promise.all(ids.map((id) => primary.cli('CLIENT', 'KILL', 'ID', id)))
        },
        // Until the old primary is a copy again no end is on all copies.
        failOver: sentinels.failOver,
        async wipe() {
          await (await sentinels.primary()).cli('FLUSHALL')
        },
      },
      stop: sentinels.stop,
    }
  },
  { faults: ['cutEars', 'failOver', 'wipe'] },
)
