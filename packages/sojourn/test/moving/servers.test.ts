import { memoryStore } from 'sojourn/memory'
import { postgresStore } from 'sojourn/postgres'
import { redisStore } from 'sojourn/redis'
import { sqliteStore } from 'sojourn/sqlite'
import { storeContract } from 'sojourn/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyRows } from '../../src/moving/copy-rows.js'
import { exportRows } from '../../src/moving/export-rows.js'
import { importRows } from '../../src/moving/import-rows.js'
import { moveRows } from '../../src/moving/move-rows.js'
import type { Row, ScannableStore } from '../../src/store/store.js'
import { sampleRow, unique } from '../../src/testing/contract/sample.js'
import { SEED, seeded } from '../behaviour/seeded.js'
import { type PostgresServer, startPostgres } from '../servers/postgres.js'
import { type RedisServer, startRedis } from '../servers/redis.js'
import { restlessStore, rowsOf } from './restless-store.js'

let redis: RedisServer
let postgres: PostgresServer
const opened: ScannableStore[] = []

beforeAll(async () => {
  ;[redis, postgres] = await Promise.all([startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] }), startPostgres()])
}, 120_000)
afterAll(async () => {
  for (const store of opened) await store.close()
  await Promise.all([redis?.stop(), postgres?.close()])
})

let made = 0
const prefix = (): string => `moving_${made++}_`

const KINDS: Readonly<Record<string, () => Promise<ScannableStore>>> = {
  sqlite: () => sqliteStore({ path: ':memory:' }),
  redis: async () => (await redisStore({ url: redis.url, prefix: prefix() })) as ScannableStore,
  postgres: async () => (await postgresStore({ url: postgres.url, prefix: prefix() })) as ScannableStore,
}

async function make(kind: string): Promise<ScannableStore> {
  const store = await KINDS[kind]!()
  opened.push(store)
  return store
}

const WAYS = [
  ['sqlite', 'postgres'],
  ['sqlite', 'redis'],
  ['redis', 'postgres'],
  ['postgres', 'redis'],
] as const

/** A driver may hand out bytes of a class of its own. */
async function sorted(store: ScannableStore): Promise<Row[]> {
  const rows = await rowsOf(store)
  return rows.map((row) => ({ ...row, data: new Uint8Array(row.data) })).sort((a, b) => (a.id < b.id ? -1 : 1))
}

async function fill(store: ScannableStore, count: number): Promise<void> {
  const inTime = Date.UTC(2100, 0, 1)
  for (let place = 0; place < count; place++) {
    await store.insert(
      sampleRow({ owner: place % 3 === 0 ? null : unique(), version: 1 + (place % 4), expiresAt: inTime + place }, `row ${place}`),
    )
  }
  await store.insert(sampleRow({ id: 'aakeyring', expiresAt: 8.64e15 }, 'keys'))
}

describe.each(WAYS)('from %s to %s', (old, young) => {
  it('movingStore keeps the store contract while rows lie in either and are moved by others', async () => {
    const restless = restlessStore(await make(old), await make(young), seeded(SEED))
    for (const { name, check } of storeContract) {
      await check(restless).catch((cause: unknown) => {
        throw new Error(name, { cause })
      })
    }
  })

  it('rows move, are copied, and come back from a backup, every one as it was', async () => {
    const [from, to] = [await make(old), await make(young)]
    await fill(from, 150)
    const rows = await sorted(from)
    const copied = await copyRows(from, to)
    expect(await sorted(to)).toEqual(rows)
    const moved = await moveRows(from, to)
    expect(moved).toMatchObject({
      moved: 151,
      verified: 151,
      superseded: 0,
      isDone: true,
      checksum: copied.checksum,
      readBack: copied.checksum,
    })
    expect(await sorted(to)).toEqual(rows)
    expect(await sorted(from)).toEqual([])

    const lines: string[] = []
    expect(await exportRows(to, (line) => void lines.push(line))).toEqual({ rows: 151, checksum: copied.checksum })
    async function* each(): AsyncGenerator<string, void, undefined> {
      for (const line of lines) yield line
    }
    const memory = await memoryStore()
    for (const store of [from, memory]) expect(await importRows(store, each())).toMatchObject({ stored: 151 })
    for (const store of [from, memory]) expect(await sorted(store)).toEqual(rows)
  })
})
