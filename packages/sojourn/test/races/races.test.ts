import { join } from 'node:path'
import { memoryStore } from 'sojourn/memory'
import { postgresStore } from 'sojourn/postgres'
import { redisStore } from 'sojourn/redis'
import { sqliteStore } from 'sojourn/sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import type { SessionManager } from '../../src/manager.js'
import type { Store } from '../../src/store/store.js'
import { seededRandom } from '../../src/testing/seeded-random.js'
import { type PostgresServer, startPostgres } from '../servers/postgres.js'
import { startRedis } from '../servers/redis.js'
import { tempFolder } from '../store/temp-folder.js'
import { type Arena, LIMIT, LOGINS, limit, type Race, races } from './race.js'
import { staggered } from './staggered.js'

const SEED = Number(process.env['SOJOURN_TEST_SEED'] ?? 20_261_121)
const isLong = process.env['SOJOURN_LONG'] === '1'
/** Of each kind 10,000 in this process: most in memory, which is quickest; where every question crosses a socket, a share of them. */
const IN_MEMORY = isLong ? 1_000_000 : 9_000
const ON_DISK = isLong ? 1_000_000 : 1_000
const THERE = isLong ? 50_000 : 100
/** Races that are run at the same time. */
const WIDTH = 100
const PATIENCE = isLong ? 86_400_000 : 300_000
const MASTER = Uint8Array.from({ length: 32 }, (_, at) => (at * 73 + 41) & 255)

interface Ground {
  readonly store: Store
  stop(): Promise<void>
}

// Tens of thousands of refusals are made here, and nobody reads where.
Error.stackTraceLimit = 0

const folder = tempFolder()
let server: Promise<PostgresServer> | undefined
/** One for all races: it takes seconds to start. */
const postgres = (): Promise<PostgresServer> => {
  server ??= startPostgres()
  return server
}
afterAll(async () => {
  await (await server)?.close()
})

const grounds: readonly { readonly name: string; readonly count: number; open(at: number): Promise<Ground> }[] = [
  { name: 'memory', count: IN_MEMORY, open: async () => ({ store: await memoryStore(), stop: async () => undefined }) },
  {
    name: 'SQLite',
    count: ON_DISK,
    open: async (at) => ({ store: await sqliteStore({ path: join(folder, `races-${at}.db`) }), stop: async () => undefined }),
  },
  {
    name: 'Redis',
    count: THERE,
    async open() {
      const server = await startRedis()
      return { store: await redisStore({ url: server.url, replicas: 0, timeout: 20_000 }), stop: server.stop }
    },
  },
  {
    name: 'Postgres',
    count: THERE,
    async open(at) {
      const { url } = await postgres()
      return { store: await postgresStore({ url, prefix: `race_${at}_`, timeout: 20_000 }), stop: async () => undefined }
    },
  },
]

const open = (storage: Store): Promise<SessionManager> =>
  createSessionManager({
    storage,
    keys: { master: MASTER },
    cleanupInterval: 0,
    maxConcurrentSessions: LIMIT,
    renewal: { threshold: '8h', gracePeriod: '30s' },
  })

/** Many races at a time, each with a user of its own. */
async function run(arena: Arena, race: Race, count: number): Promise<void> {
  for (let done = 0; done < count; done += WIDTH) {
    const users = Array.from({ length: Math.min(WIDTH, count - done) }, (_, at) => `user-${done + at}`)
    const checks = await Promise.all(users.map((user) => race(arena, user)))
    for (const node of arena.nodes) await node.flush()
    await Promise.all(checks.map((check) => check()))
  }
}

describe.each(grounds)('on $name, what is asked at the same time of two nodes', ({ count, open: openGround }) => {
  test.each(Object.entries(races).map(([name, race], at) => ({ name, race, at })))(
    `comes out right ${count} times (logins: that many of them): $name [TRM-3 LIF-5 CON-1]`,
    async ({ race, at }) => {
      const { store, stop } = await openGround(at)
      const random = seededRandom(SEED + at)
      const slow = staggered(store, random)
      const nodes = [await open(slow), await open(slow)] as const
      try {
        expect.hasAssertions()
        await run({ nodes, random }, race, race === limit ? Math.ceil(count / LOGINS) : count)
        expect(nodes.map((node) => node.mode())).toEqual(['healthy', 'healthy'])
      } catch (cause) {
        throw new Error(`a race was lost; SOJOURN_TEST_SEED=${SEED}`, { cause })
      } finally {
        for (const node of nodes) await node.close()
        await stop()
      }
    },
    PATIENCE,
  )
})
