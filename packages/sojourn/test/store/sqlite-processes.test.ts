import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import { sqliteStore } from '../../src/store/sqlite.js'
import { sampleRow, textOf } from '../../src/testing/contract/sample.js'
import { seededRandom } from '../../src/testing/index.js'
import { type Bundle, bundleWorker } from './bundle-worker.js'
import { tempFolder } from './temp-folder.js'

const PROCESSES = 4

describe('several processes on one file of sqliteStore', () => {
  const folder = tempFolder()
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleWorker('./sqlite-worker.ts')
  })
  afterAll(() => bundle.remove())

  const start = (task: string, path: string, argument: string): ChildProcess =>
    spawn(process.execPath, [bundle.file, task, path, argument], { stdio: ['ignore', 'pipe', 'inherit'] })

  /** Everything that a process prints until it ends, and how it ended. */
  async function finish(child: ChildProcess): Promise<{ readonly said: string; readonly code: unknown }> {
    let said = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1')
    })
    const [code] = await once(child, 'close')
    return { said, code }
  }

  it('lose no update [STO-12]', async () => {
    const path = join(folder, 'count.db')
    const row = sampleRow({}, '0')
    const store = await sqliteStore({ path })
    await store.insert(row)
    const ends = await Promise.all(Array.from({ length: PROCESSES }, () => finish(start('count', path, row.id))))
    expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0))
    const counted = await store.get(row.id)
    expect(textOf(counted)).toBe('1000')
    expect(counted?.version).toBe(1_001)
    await store.close()
  })

  it('open a new file at the same time, and hand a removed row to one of them', async () => {
    for (let round = 0; round < 3; round++) {
      const path = join(folder, `remove-${round}.db`)
      const row = sampleRow()
      // All of them make and migrate the file; only this one has put the row there, so they wait for it by asking again.
      const opened = await Promise.all(Array.from({ length: 3 }, () => sqliteStore({ path })))
      await opened[0]?.insert(row)
      const ends = await Promise.all(Array.from({ length: PROCESSES }, () => finish(start('remove', path, row.id))))
      expect(ends.map(({ said }) => said.trim()).sort()).toEqual(['nothing', 'nothing', 'nothing', 'the row'])
      await Promise.all(opened.map((store) => store.close()))
    }
  })

  it('leave exactly five sessions usable of a hundred logins of one user at once', async () => {
    const path = join(folder, 'limit', 'sessions.db')
    const ends = await Promise.all([1, 2, 3].map(() => finish(start('login', path, 'alice'))))
    const tokens = ends.flatMap(({ said }) => said.trim().split('\n'))
    expect(tokens).toHaveLength(102)
    await using sessions = await createSessionManager({ storage: { type: 'sqlite', path } })
    const judged = await Promise.all(tokens.map((token) => sessions.validateSession(token)))
    expect(judged.filter(({ isValid }) => isValid)).toHaveLength(5)
    expect(await sessions.getActiveSessions('alice')).toHaveLength(5)
  })

  it('make a missing file together', async () => {
    for (let round = 0; round < 3; round++) {
      const path = join(folder, `new-${round}`, 'deep', 'sessions.db')
      const ends = await Promise.all(Array.from({ length: PROCESSES }, () => finish(start('remove', path, 'nothing-there'))))
      expect(ends).toEqual(ends.map(() => ({ said: 'nothing\n', code: 0 })))
    }
  })

  it('lose no row whose insertion was answered when one is killed in the middle', async () => {
    const seed = Number(process.env.SOJOURN_TEST_SEED ?? 1)
    const random = seededRandom(seed)
    for (let round = 0; round < 6; round++) {
      const path = join(folder, 'killed.db')
      const child = start('insert', path, String(random.pick([1, 8, 64])))
      const enough = 200 + random.below(2_000)
      let lines = 0
      child.stdout?.on('data', (chunk: Buffer) => {
        lines += chunk.toString('latin1').split('\n').length - 1
        if (lines >= enough) child.kill('SIGKILL')
      })
      const { said } = await finish(child)
      expect(child.signalCode, `seed ${seed}`).toBe('SIGKILL')
      // The last line can be cut through; everything before it was promised.
      const promised = said.split('\n').slice(0, -1)
      const store = await sqliteStore({ path })
      const found = await Promise.all(promised.map(async (id) => (await store.get(id))?.id))
      expect(found, `seed ${seed}, round ${round}`).toEqual(promised)
      await store.close()
    }
  })
})
