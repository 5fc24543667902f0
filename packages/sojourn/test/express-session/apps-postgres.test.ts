import { startLinkProxy } from '../servers/link-proxy.js'
import { startPostgres } from '../servers/postgres.js'
import { describeApps } from './apps-suite.js'

describeApps(
  'one Postgres',
  async () => {
    const server = await startPostgres()
    const proxy = await startLinkProxy(server.port, /listen sojourn_wake/)
    const place = { kind: 'postgres', at: server.url, replicas: 0 } as const
    return {
      place,
      muffled: { place: { ...place, at: server.url.replace(`:${server.port}`, `:${proxy.port}`) }, muffle: proxy.muffle, open: proxy.open },
      outages: [
        { name: 'it stands still', down: server.freeze, up: server.thaw },
        { name: 'it was killed', down: server.kill, up: server.start },
      ],
      async stop() {
        await proxy.stop()
        await server.close()
      },
    }
  },
  { outages: ['it stands still', 'it was killed'], can: ['muffle'] },
)
