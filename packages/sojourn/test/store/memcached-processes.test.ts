import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import { memcachedStore } from '../../src/store/memcached.js'
import { sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { startMemcached } from '../servers/memcached.js'
import { type Bundle, bundleWorker } from './bundle-worker.js'

const PROCESSES = 4

const servers = await Promise.all([startMemcached('-M'), startMemcached('-M')])
const addresses = servers.map(({ address }) => address)

describe('several processes on memcachedStore', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleWorker('./memcached-worker.ts')
  })
  afterAll(() => bundle.remove())

  /** Everything that so many processes print, each by itself. All of them have ended well. */
  async function runAll(count: number, task: string, argument: string): Promise<readonly string[]> {
    const run = async (): Promise<string> => {
      const child = spawn(process.execPath, [bundle.file, task, addresses.join(), argument], { stdio: ['ignore', 'pipe', 'inherit'] })
      let said = ''
      child.stdout.on('data', (piece: Buffer) => {
        said += piece.toString('latin1')
      })
      const [code] = await once(child, 'close')
      expect(code).toBe(0)
      return said.trim()
    }
    return await Promise.all(Array.from({ length: count }, run))
  }

  it('lose no update', async () => {
    const store = await memcachedStore({ servers: addresses })
    const row = sampleRow({ owner: unique() }, '0')
    await store.insert(row)
    await runAll(PROCESSES, 'count', row.id)
    const counted = await store.get(row.id)
    expect(textOf(counted)).toBe('1000')
    expect(counted?.version).toBe(1_001)
    await store.close()
  })

  it('hand a removed row to one of them', async () => {
    const store = await memcachedStore({ servers: addresses })
    for (let round = 0; round < 3; round++) {
      const row = sampleRow({ owner: unique() })
      await store.insert(row)
      expect([...(await runAll(PROCESSES, 'remove', row.id))].sort()).toEqual(['nothing', 'nothing', 'nothing', 'the row'])
    }
    await store.close()
  })

  it('leave exactly five sessions usable when a hundred logins of one user meet a limit of five', async () => {
    const said = await runAll(3, 'login', 'user-in-a-hurry')
    const tokens = said.flatMap((lines) => lines.split('\n'))
    expect(new Set(tokens).size).toBe(102)
    const storage = await memcachedStore({ servers: addresses })
    const sessions = await createSessionManager({
      storage,
      keys: { master: Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255) },
      maxConcurrentSessions: 5,
    })
    const answers = await Promise.all(tokens.map((token) => sessions.validateSession(token)))
    expect(answers.filter(({ isValid }) => isValid)).toHaveLength(5)
    expect(await sessions.getActiveSessions('user-in-a-hurry')).toHaveLength(5)
    await sessions.close()
  })
})
