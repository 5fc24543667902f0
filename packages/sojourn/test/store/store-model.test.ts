import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { memoryStore } from '../../src/store/memory.js'
import { sqliteStore } from '../../src/store/sqlite.js'
import type { Row, ScannableStore } from '../../src/store/store.js'
import { bytesOf, textOf, unique, uniqueWindow } from '../../src/testing/contract/sample.js'
import { type SeededRandom, seededRandom } from '../../src/testing/index.js'

/** The whole contract in the simplest words: one array, one caller at a time. */
function modelStore() {
  let rows: Row[] = []
  const byAge = (a: Row, b: Row): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
  const without = (id: string): Row[] => rows.filter((row) => row.id !== id)
  return {
    insert(row: Row): number {
      if (rows.some(({ id }) => id === row.id)) return 0
      rows = [...rows, row]
      return row.owner === null ? 1 : rows.filter(({ owner }) => owner === row.owner).length
    },
    get: (id: string): Row | undefined => rows.find((row) => row.id === id),
    replace(row: Row): boolean {
      if (this.get(row.id)?.version !== row.version - 1) return false
      rows = [...without(row.id), row]
      return true
    },
    remove(id: string, version?: number): Row | undefined {
      const row = this.get(id)
      if (version !== undefined && row?.version !== version) return undefined
      rows = without(id)
      return row
    },
    list: (owner: string): Row[] => rows.filter((row) => row.owner === owner).sort(byAge),
    between: (from: number, to: number): Row[] => rows.filter(({ expiresAt }) => expiresAt >= from && expiresAt < to),
  }
}

/** Rows as something that can be compared and printed. */
const plain = (row: Row | undefined): unknown => row && { ...row, data: textOf(row) }
const sorted = (rows: readonly Row[]): unknown => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(plain)

async function walk(store: ScannableStore, from: number, to: number, limit: number): Promise<Row[]> {
  const met: Row[] = []
  let after: string | undefined
  do {
    const page = await store.scan({ from, to, limit, ...(after === undefined ? {} : { after }) })
    met.push(...page.rows)
    after = page.next
  } while (after !== undefined)
  return met
}

/** About twenty verbs on a handful of rows, owners and instants, so that they get in each other's way. */
async function compare(store: ScannableStore, random: SeededRandom): Promise<void> {
  const model = modelStore()
  const start = uniqueWindow()
  const ids = Array.from({ length: 4 }, () => unique())
  const owners = [unique(), unique(), null]
  const created = new Map(ids.map((id) => [id, random.below(3)]))
  const newRow = (id: string, version: number): Row => ({
    id,
    owner: random.pick(owners),
    version,
    createdAt: created.get(id) ?? 0,
    expiresAt: start + random.below(6),
    data: bytesOf(`${random.below(1_000)}`),
  })
  const steps: (() => Promise<void>)[] = [
    async () => {
      const row = newRow(random.pick(ids), 1)
      expect(await store.insert(row)).toBe(model.insert(row))
    },
    async () => {
      const id = random.pick(ids)
      expect(plain(await store.get(id))).toEqual(plain(model.get(id)))
    },
    async () => {
      const current = model.get(random.pick(ids))
      // Mostly the next version, and either the same owner or none: what the engine writes. Sometimes a late one.
      const version = (current?.version ?? 1) + random.pick([0, 1, 1, 1, 2])
      const row = newRow(current?.id ?? random.pick(ids), version)
      const next = { ...row, owner: random.below(3) === 0 ? null : (current?.owner ?? null) }
      expect(await store.replace(next)).toBe(model.replace(next))
    },
    async () => {
      const id = random.pick(ids)
      const version = random.pick([undefined, model.get(id)?.version, 1, 2])
      expect(plain(await store.remove(id, version))).toEqual(plain(model.remove(id, version)))
    },
    async () => {
      const owner = random.pick(owners) ?? ''
      expect((await store.list(owner)).map(plain)).toEqual(model.list(owner).map(plain))
    },
    async () => {
      const from = start + random.below(6)
      const to = start + random.below(8)
      expect(sorted(await walk(store, from, to, 1 + random.below(3)))).toEqual(sorted(model.between(from, to)))
    },
  ]
  const weighted = [0, 0, 0, 1, 2, 2, 2, 3, 4, 5]
  const verbs = 15 + random.below(11)
  for (let verb = 0; verb < verbs; verb++) await steps[random.pick(weighted)]?.()
  for (const id of ids) expect(plain(await store.remove(id))).toEqual(plain(model.remove(id)))
}

const SEQUENCES = 2_000
/** Sequences that run beside each other, so that stores that gather writes have something to gather. */
const AT_ONCE = 50

describe('every sequence of verbs is answered as the model answers it', () => {
  const stores = { memoryStore, sqliteStore: () => sqliteStore({ path: ':memory:' }) }

  it.each(Object.entries(stores))('by %s', async (_, openStore) => {
    const store = await openStore()
    const first = Number(process.env.SOJOURN_TEST_SEED ?? Math.floor(systemClock.now() / 1_000))
    const run = async (seed: number): Promise<void> => {
      try {
        await compare(store, seededRandom(seed))
      } catch (cause) {
        throw new Error(`Run again with SOJOURN_TEST_SEED=${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
      }
    }
    for (let done = 0; done < SEQUENCES; done += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_unused, place) => run(first + done + place)))
    }
    await store.close()
  })
})
