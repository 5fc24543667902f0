import { startPostgres } from '../servers/postgres.js'
import { describeApps } from './apps-suite.js'

describeApps(
  'one Postgres',
  async () => {
    const server = await startPostgres()
    return {
      place: { kind: 'postgres', at: server.url, replicas: 0 },
      outages: [
        { name: 'it stands still', down: server.freeze, up: server.thaw },
        { name: 'it was killed', down: server.kill, up: server.start },
      ],
      stop: server.close,
    }
  },
  { outages: ['it stands still', 'it was killed'] },
)
