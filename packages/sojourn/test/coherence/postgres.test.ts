import { startLinkProxy } from '../servers/link-proxy.js'
import { startPostgres } from '../servers/postgres.js'
import { describeNodes } from './nodes-suite.js'

describeNodes(
  'one Postgres',
  async () => {
    const server = await startPostgres()
    const proxy = await startLinkProxy(server.port, /listen sojourn_wake/)
    const place = { kind: 'postgres', prefix: '', replicas: 0 } as const
    return {
      places: [server.url, server.url, server.url.replace(`:${server.port}`, `:${proxy.port}`)].map((at) => ({ ...place, at })),
      faults: {
        async cutEars() {
          await server.sql(
            `select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_current_snapshot%' and pid <> pg_backend_pid()`,
          )
        },
        async wipe() {
          await server.sql('truncate sojourn_rows')
        },
        muffle: proxy.muffle,
        stopUp: proxy.stopUp,
        open: proxy.open,
      },
      async stop() {
        await proxy.stop()
        await server.close()
      },
    }
  },
  { faults: ['cutEars', 'muffle', 'stopUp', 'wipe'] },
)
