import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from 'sojourn/sqlite'
import { engineBench } from './engine-bench.js'
import { describeBehaviour } from './suite.js'

describeBehaviour('the engine on SQLite with JWT tokens', 'engine', async (limits) => {
  const folder = await mkdtemp(join(tmpdir(), 'sojourn-behaviour-'))
  const store = await sqliteStore({ path: join(folder, 'sessions.db') })
  return engineBench({ store, folder, clear: () => rm(folder, { recursive: true }) }, { tokenType: 'jwt', ...limits })
})
