import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import { sqliteStore } from '../../src/store/sqlite.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { type Bundle, bundleWorker } from './bundle-worker.js'
import { tempFolder } from './temp-folder.js'

const SEED = Number(process.env['SOJOURN_TEST_SEED'] ?? 1)
const isLong = process.env['SOJOURN_LONG'] === '1'
const KILLS = isLong ? 1_000 : 50
/** Processes that are killed at the same time, each on a file of its own, which the next one goes on with. */
const WIDTH = 5
/** From the first end that was promised to the kill. */
const LONGEST_LIFE = 120

describe('a process on SQLite that is killed while it ends sessions', () => {
  const folder = tempFolder()
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleWorker('./sqlite-ends-worker.ts')
  }, 60_000)
  afterAll(() => bundle?.remove())

  /** Kills one writer at some point, and answers the lines that were whole by then. */
  async function killed(path: string, width: number, life: number): Promise<readonly string[]> {
    const child = spawn(process.execPath, [bundle.file, path, `${width}`], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1')
    })
    const closed = once(child, 'close')
    await Promise.race([once(child.stdout, 'data'), closed])
    await pause(life)
    child.kill('SIGKILL')
    await closed
    expect(child.signalCode).toBe('SIGKILL')
    return said.split('\n').slice(0, -1)
  }
  /** Every end that was promised is one after the restart. */
  async function judge(path: string, promised: readonly string[]): Promise<void> {
    await using sessions = await createSessionManager({
      storage: await sqliteStore({ path, busyTimeout: 30_000 }),
      keys: { master: Uint8Array.from({ length: 32 }, (_, at) => (at * 73 + 41) & 255) },
      cleanupInterval: 0,
    })
    for (const line of promised) {
      const [level, token = ''] = line.split(' ')
      expect(level).toBe('everywhere')
      expect(await sessions.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
    }
  }

  it(
    `has lost none of the ends that it promised, and no session comes back, ${KILLS} times`,
    async () => {
      const random = seededRandom(SEED)
      let promised = 0
      const paths = Array.from({ length: WIDTH }, (_, at) => join(folder, `killed-${at}.db`))
      for (let round = 0; round < KILLS / WIDTH; round++) {
        const plans = paths.map((path) => ({ path, width: random.pick([1, 8, 32]), life: random.below(LONGEST_LIFE) }))
        const lines = await Promise.all(plans.map(({ path, width, life }) => killed(path, width, life)))
        for (const [at, path] of paths.entries()) await judge(path, lines[at] ?? [])
        promised += lines.flat().length
      }
      // A process that promised nothing would have kept it all.
      expect(promised).toBeGreaterThan(KILLS * 5)
    },
    isLong ? 3_600_000 : 240_000,
  )
})
