import { memoryStore } from 'sojourn/memory'
import { sqliteStore } from 'sojourn/sqlite'
import { fakeClock, storeContract } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { movingStore } from '../../src/moving/moving-store.js'
import type { ReplicatedStore, ScannableStore } from '../../src/store/store.js'
import { isReplicated } from '../../src/store/store.js'
import { bytesOf, nextRow, sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { SEED, seeded } from '../behaviour/seeded.js'
import { contractOn } from '../store/contract-on.js'
import { restlessStore, rowsOf } from './restless-store.js'

const WAYS = {
  'from memory to memory': async (): Promise<ScannableStore[]> => [await memoryStore(), await memoryStore()],
  'from SQLite to memory': async () => [await sqliteStore({ path: ':memory:' }), await memoryStore()],
  'from memory to SQLite': async () => [await memoryStore(), await sqliteStore({ path: ':memory:' })],
}

async function pair(
  way: keyof typeof WAYS = 'from memory to memory',
): Promise<{ from: ScannableStore; to: ScannableStore; both: ScannableStore }> {
  const [from, to] = await WAYS[way]()
  if (from === undefined || to === undefined) throw new Error('two stores')
  return { from, to, both: movingStore(from, to) }
}

describe.each(Object.keys(WAYS) as (keyof typeof WAYS)[])('movingStore %s keeps the store contract', async (way) => {
  const { from, to, both } = await pair(way)
  describe('with nothing to move', () => contractOn(() => both))

  const restless = restlessStore(from, to, seeded(SEED))
  describe('while rows lie in either store and are moved by others', () => contractOn(() => restless))
})

describe('movingStore', () => {
  it('keeps the store contract in other orders of things as well', async () => {
    for (let seed = SEED; seed < SEED + 5; seed++) {
      const { from, to } = await pair()
      const restless = restlessStore(from, to, seeded(seed))
      for (const { name, check } of storeContract) {
        await check(restless).catch((cause: unknown) => {
          throw new Error(`${name}: SOJOURN_SEED=${seed}`, { cause })
        })
      }
    }
  })

  it('brings a row over unchanged, with its version, and takes it out of the old store', async () => {
    const { from, to, both } = await pair()
    const row = { ...sampleRow({ owner: unique(), version: 7 }, 'session'), expiresAt: 8.64e15 }
    await from.insert(row)
    expect(await both.get(row.id)).toEqual(row)
    expect(await to.get(row.id)).toEqual(row)
    expect(await from.get(row.id)).toBeUndefined()
  })

  it('writes nothing to the old store', async () => {
    const { from, both } = await pair()
    const row = sampleRow({ owner: unique() })
    await both.insert(row)
    await both.replace(nextRow(row))
    expect(await rowsOf(from)).toEqual([])
  })

  it('counts and lists the rows of an owner that are still in the old store', async () => {
    const { from, both } = await pair()
    const owner = unique()
    const rows = [1, 2, 3].map((createdAt) => sampleRow({ owner, createdAt }))
    for (const row of rows) await from.insert(row)
    expect(await both.insert(sampleRow({ owner, createdAt: 4 }))).toBe(4)
    expect((await both.list(owner)).map(({ createdAt }) => createdAt)).toEqual([1, 2, 3, 4])
    expect(await both.insert(rows[0]!), 'a taken id').toBe(0)
  })

  it('takes the old store’s word where an abandoned copy is older', async () => {
    for (const behind of [1, 3]) {
      const { from, to, both } = await pair()
      const row = sampleRow({ owner: unique(), version: 5 }, 'now')
      await from.insert(row)
      await to.insert({ ...row, version: row.version - behind, data: bytesOf('before') })
      expect(textOf(await both.get(row.id))).toBe('now')
      expect(await rowsOf(from)).toEqual([])
    }
  })

  it('never puts an older version, or a session in the place of its end', async () => {
    const { from, to, both } = await pair()
    const newer = sampleRow({ owner: unique(), version: 5 }, 'newer')
    const ended = sampleRow({ version: 2 }, 'ended')
    for (const row of [newer, ended]) await to.insert(row)
    await from.insert({ ...newer, version: 4, data: bytesOf('older') })
    await from.insert({ ...ended, owner: unique(), version: 9, data: bytesOf('alive') })
    expect(textOf(await both.get(newer.id))).toBe('newer')
    expect(textOf(await both.get(ended.id))).toBe('ended')
    expect(await rowsOf(from)).toEqual([])
  })

  it('leaves a fence where a row was taken out, for ten minutes, which nobody sees or gets past', async () => {
    const clock = fakeClock()
    const [from, to] = [await memoryStore(), await memoryStore()]
    const both = movingStore(from, to, { clock })
    const row = sampleRow({ owner: unique(), version: 3, expiresAt: clock.now() })
    await from.insert(row)
    expect(await both.remove(row.id)).toEqual(row)
    expect(await to.insert(row), 'a late copy').toBe(0)
    expect(await both.replace({ ...row, version: 5 }), 'a version that nobody has seen').toBe(false)
    expect(await both.get(row.id)).toBeUndefined()
    const range = { from: 0, to: 8.64e15, limit: 10 }
    const walk = async (): Promise<void> => {
      for (let after: string | undefined = ''; after !== undefined; ) {
        const page = await both.scan(after === '' ? range : { ...range, after })
        expect(page.rows).toEqual([])
        after = page.next
      }
    }
    await clock.advance(10 * 60_000 - 1)
    await walk()
    expect(await rowsOf(to)).toHaveLength(1)
    await clock.advance(1)
    await walk()
    expect(await rowsOf(to)).toEqual([])
  })

  it('walks over the rows of both stores, each once', async () => {
    const { from, to, both } = await pair()
    const rows = Array.from({ length: 50 }, (_, place) => sampleRow({ expiresAt: place }))
    for (const [place, row] of rows.entries()) await (place % 2 === 0 ? from : to).insert(row)
    const met: string[] = []
    let after: string | undefined
    do {
      const page = await both.scan({ from: 0, to: 100, limit: 7, ...(after === undefined ? {} : { after }) })
      met.push(...page.rows.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)
    expect(met.sort()).toEqual(rows.map(({ id }) => id).sort())
  })

  it.each(['x', '', '1.a'])('refuses the place %j in a walk', async (after) => {
    const { both } = await pair()
    await expect(both.scan({ from: 0, to: 1, limit: 1, after })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'after' })
  })

  it('closes both stores', async () => {
    const { from, to, both } = await pair()
    await both.close()
    for (const store of [from, to]) await expect(store.get('aa')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('is volatile only if both stores are, looks for keys beside the old one, and settles in the new one', async () => {
    const [memory, other] = [await memoryStore(), await memoryStore()]
    expect(movingStore(memory, other).isVolatile).toBe(true)
    expect(movingStore(memory, { ...other, isVolatile: false }).isVolatile).toBeUndefined()
    expect(movingStore({ ...memory, home: 'old' }, { ...other, home: 'new' }).home).toBe('old')
    expect(movingStore(memory, { ...other, home: 'new' }).home).toBe('new')
    const settled: string[] = []
    const settle: ReplicatedStore['settle'] = async (id) => {
      settled.push(id)
      return 'durable'
    }
    const both = movingStore(memory, { ...other, settle } as ScannableStore)
    const row = sampleRow()
    await memory.insert(row)
    await both.get(row.id)
    expect(settled, 'the copy is safe before the row is let go').toEqual([row.id])
    if (isReplicated(both)) expect(await both.settle('ab')).toBe('durable')
    else throw new Error('it can tell how far a write has got')
    expect(isReplicated(movingStore(memory, other))).toBe(false)
  })
})
