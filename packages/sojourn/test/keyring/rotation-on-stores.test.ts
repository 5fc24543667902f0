import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSessionManager, type ScannableStore, type SessionManager } from 'sojourn'
import { postgresStore } from 'sojourn/postgres'
import { redisStore } from 'sojourn/redis'
import { sqliteStore } from 'sojourn/sqlite'
import { fakeClock } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../../src/crypto/random.js'
import { sealedUnder } from '../../src/crypto/seal.js'
import { RING_ROW_ID } from '../../src/keyring/ring-home.js'
import { type PostgresServer, startPostgres } from '../servers/postgres.js'
import { type RedisServer, startRedis } from '../servers/redis.js'

let redis: RedisServer
let postgres: PostgresServer
let folder: string
beforeAll(async () => {
  redis = await startRedis()
  postgres = await startPostgres()
  folder = await mkdtemp(join(tmpdir(), 'sojourn-rotation-'))
}, 120_000)
afterAll(async () => {
  await redis.stop()
  await postgres.close()
  await rm(folder, { recursive: true, force: true })
})

const timeout = 20_000
const stores: Readonly<Record<string, () => Promise<ScannableStore>>> = {
  SQLite: () => sqliteStore({ path: join(folder, 'sessions.db') }),
  Redis: () => redisStore({ url: redis.url, timeout }),
  Postgres: () => postgresStore({ url: postgres.url, timeout }),
}

async function keysInUse(store: ScannableStore): Promise<Set<string | undefined>> {
  const used = new Set<string | undefined>()
  let after: string | undefined
  do {
    const page = await store.scan({ from: 0, to: 8.64e15, limit: 500, ...(after === undefined ? {} : { after }) })
    for (const { id, data } of page.rows) if (id !== RING_ROW_ID) used.add(sealedUnder(data))
    after = page.next
  } while (after !== undefined)
  return used
}

describe.each(Object.keys(stores))('on %s, keys that are rotated every ten seconds for a minute under load', (name) => {
  it('fail no validation and no change on any node, and leave every record under the last key', { timeout: 120_000 }, async () => {
    const clock = fakeClock()
    const keys = { master: systemRandom().bytes(32) }
    const look = await stores[name]!()
    const node = async (): Promise<SessionManager> =>
      createSessionManager({ storage: await stores[name]!(), clock, keys, cleanupInterval: 0 })
    const nodes = [await node(), await node()] as const
    const tokens = await Promise.all(Array.from({ length: 40 }, async (_, index) => (await nodes[0].createSession(`user-${index}`)).token))
    const first = await keysInUse(look)
    for (let round = 0; round < 6; round++) {
      await nodes[round % 2]!.rotateKeys()
      const load = tokens.flatMap((token) => [
        nodes[0].validateSession(token),
        nodes[1].validateSession(token),
        nodes[1].updateSessionContext(token, { location: `Town ${round}` }),
      ])
      const [results] = await Promise.all([Promise.all(load), nodes[0].resealRecords()])
      expect(results.every((result) => !('isValid' in result) || result.isValid)).toBe(true)
      await clock.advance(10_000)
    }
    await clock.advance(70_000)
    await nodes[1].resealRecords()
    const last = await keysInUse(look)
    expect(last.size).toBe(1)
    expect(first.has([...last][0])).toBe(false)
    expect(nodes[1].listKeys().filter(({ use, state }) => use === 'data' && state === 'decrypt-only')).toEqual([])
    for (const token of tokens) expect((await nodes[0].validateSession(token)).isValid).toBe(true)
    await Promise.all([...nodes, look].map((each) => each.close()))
  })
})
