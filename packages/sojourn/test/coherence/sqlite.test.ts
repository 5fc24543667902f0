import { join } from 'node:path'
import { tempFolder } from '../store/temp-folder.js'
import { describeNodes } from './nodes-suite.js'

const folder = tempFolder()

// 10,000 validations after each of 200 ends in the long run.
describeNodes(
  'one SQLite file',
  async () => {
    const place = { kind: 'sqlite', at: join(folder, 'sessions.db'), prefix: '', replicas: 0 } as const
    return { places: [place, place, place], stop: async () => undefined }
  },
  process.env['SOJOURN_LONG'] === '1' ? { rounds: 200, times: 10_000 } : { rounds: 100, times: 100 },
)
