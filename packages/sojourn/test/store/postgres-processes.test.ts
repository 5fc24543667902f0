import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import { postgresStore } from '../../src/store/postgres.js'
import { sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { type PostgresServer, startPostgres } from '../servers/postgres.js'
import { type Bundle, bundleWorker } from './bundle-worker.js'

describe('several processes on one database of postgresStore', () => {
  let server: PostgresServer
  let bundle: Bundle
  beforeAll(async () => {
    server = await startPostgres()
    bundle = await bundleWorker('./postgres-worker.ts')
  })
  afterAll(async () => {
    bundle?.remove()
    await server?.close()
  })

  /** What each of several processes prints until it ends. */
  async function together(count: number, task: string, prefix: string, argument: string): Promise<readonly (readonly string[])[]> {
    const run = async (): Promise<readonly string[]> => {
      const args = [bundle.file, task, server.url, prefix, argument]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      let said = ''
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString('latin1')
      })
      const [code] = await once(child, 'close')
      expect(code).toBe(0)
      return said.split('\n').filter((line) => line !== '')
    }
    return Promise.all(Array.from({ length: count }, run))
  }

  it('make the schema once when eight of them start at the same time', async () => {
    for (const prefix of ['race_a_', 'race_b_']) {
      expect(await together(8, 'remove', prefix, 'nothing-there')).toEqual(Array.from({ length: 8 }, () => ['nothing']))
      expect(await server.sql(`select version from ${prefix}sojourn_migrations`)).toEqual([{ version: 1 }, { version: 2 }])
    }
  })

  it('lose no update [STO-12]', async () => {
    const store = await postgresStore({ url: server.url })
    const row = sampleRow({}, '0')
    await store.insert(row)
    await together(4, 'count', '', row.id)
    const counted = await store.get(row.id)
    expect(textOf(counted)).toBe('1000')
    expect(counted?.version).toBe(1_001)
    await store.close()
  })

  it('hand a removed row to one of them', async () => {
    const store = await postgresStore({ url: server.url })
    for (let round = 0; round < 2; round++) {
      const row = sampleRow()
      await store.insert(row)
      expect((await together(4, 'remove', '', row.id)).flat().sort()).toEqual(['nothing', 'nothing', 'nothing', 'the row'])
    }
    await store.close()
  })

  it('are each told another number when they insert rows of one owner at once', async () => {
    const answers = (await together(4, 'insert', '', unique())).flat().map(Number)
    expect(answers.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, place) => place + 1))
  })

  it('leave exactly as many sessions as the limit allows, and nothing in the database that tells whose they are', async () => {
    const userId = 'storm-user@example.org'
    const tokens = (await together(3, 'login', '', userId)).flat()
    expect(new Set(tokens).size).toBe(102)
    const store = await postgresStore({ url: server.url })
    const manager = await createSessionManager({
      storage: store,
      keys: { master: Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255) },
      maxConcurrentSessions: 5,
    })
    const results = await Promise.all(tokens.map((token) => manager.validateSession(token)))
    expect(results.filter(({ isValid }) => isValid)).toHaveLength(5)
    expect(await manager.getActiveSessions(userId)).toHaveLength(5)
    await manager.close()
    await store.close()

    const dump = server.dump()
    expect(dump).toContain('COPY public.sojourn_rows')
    const secrets = [userId, '203.0.113.77', 'Mozilla', 'storm', ...tokens, ...tokens.map((token) => token.slice(28, 71))]
    for (const secret of secrets) {
      for (const spelling of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64').replace(/=+$/, '')]) {
        expect(dump.includes(spelling), 'a secret in the dump').toBe(false)
      }
    }
  })
})
