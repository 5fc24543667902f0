import { postgresStore } from 'sojourn/postgres'
import { afterAll, beforeAll } from 'vitest'
import { type PostgresServer, startPostgres } from '../servers/postgres.js'
import { engineBench, PATIENT } from './engine-bench.js'
import { describeBehaviour } from './suite.js'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
}, 120_000)
afterAll(() => server.close())

describeBehaviour('the engine on Postgres', 'engine', async (limits) => {
  const store = await postgresStore({ url: server.url, timeout: PATIENT })
  return engineBench({ store, clear: async () => void (await server.sql('truncate sojourn_rows')) }, limits)
})
