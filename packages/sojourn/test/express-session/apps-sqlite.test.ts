import { join } from 'node:path'
import { tempFolder } from '../store/temp-folder.js'
import { describeApps } from './apps-suite.js'

const folder = tempFolder()

describeApps(
  'one SQLite file',
  async () => ({ place: { kind: 'sqlite', at: join(folder, 'sessions.db'), replicas: 0 }, outages: [], stop: async () => undefined }),
  { waits: false },
)
