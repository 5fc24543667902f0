import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { serverRing } from '../../src/store/memcached/ring.js'
import { memcachedStore } from '../../src/store/memcached.js'
import { memoryStore } from '../../src/store/memory.js'
import { isScannable, type Row, type Store } from '../../src/store/store.js'
import { bytesOf, nextRow, sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { alternate, seededRandom, storeContract } from '../../src/testing/index.js'
import { startMemcached } from '../servers/memcached.js'

const [first, second] = await Promise.all([startMemcached('-M'), startMemcached('-M')])
const servers = [first.address, second.address]

async function open(options: Partial<Parameters<typeof memcachedStore>[0]> = {}): Promise<Store> {
  const store = await memcachedStore({ servers: [first.address], ...options })
  onTestFinished(() => store.close())
  return store
}

const contractOn = (store: Store): void =>
  it.each(storeContract.filter(({ needs }) => needs !== 'scan'))('$name', ({ check }) => check(store))

describe('memcachedStore keeps the store contract', async () => {
  const one = await memcachedStore({ servers: [first.address] })
  const two = await memcachedStore({ servers, prefix: 'two:' })
  const handles = await Promise.all([1, 2, 3].map((connections) => memcachedStore({ servers, prefix: 'handles:', connections })))

  describe('on one server', () => contractOn(one))
  describe('on two servers', () => contractOn(two))
  describe('on three handles to two servers', () => contractOn(alternate(handles)))
})

describe('memcachedStore', () => {
  it('cannot be walked over', async () => {
    expect(isScannable(await open())).toBe(false)
  })

  it('answers every sequence of verbs as the store in memory does', async () => {
    const seed = Number(process.env.SOJOURN_TEST_SEED ?? Math.floor(systemClock.now() / 1_000))
    const store = alternate([await open({ servers }), await open({ servers: servers.toReversed() })])
    const model = await memoryStore()
    const plain = (answer: unknown): unknown =>
      JSON.parse(JSON.stringify(answer ?? null, (_, value) => (value instanceof Uint8Array ? [...value] : value)))
    const sequence = async (seedOfIt: number): Promise<void> => {
      const random = seededRandom(seedOfIt)
      const bucket = random.pick(['aa', 'm3', 'zz', '7q', 'k2'])
      const [ids, owners] = [
        [unique(bucket), unique(bucket), unique(bucket)],
        [unique(bucket), unique(bucket), null],
      ]
      for (let verb = 0; verb < 20; verb++) {
        const row = sampleRow({ id: random.pick(ids), owner: random.pick(owners), createdAt: random.below(3) }, `${random.below(1_000)}`)
        const current = await model.get(row.id)
        const next = {
          ...row,
          version: (current?.version ?? 1) + random.pick([0, 1, 1, 1, 2]),
          owner: random.below(3) === 0 ? null : (current?.owner ?? null),
        }
        const call = random.pick<(on: Store) => Promise<unknown>>([
          (on) => on.insert(row),
          (on) => on.get(row.id),
          (on) => on.replace(next),
          (on) => on.remove(row.id, random.seed % 2 === 0 ? undefined : current?.version),
          (on) => on.list(row.owner ?? ''),
        ])
        expect(plain(await call(store)), `SOJOURN_TEST_SEED=${seed}, sequence ${seedOfIt}, verb ${verb}: ${call}`).toEqual(
          plain(await call(model)),
        )
      }
    }
    for (let done = 0; done < 2_000; done += 50) await Promise.all(Array.from({ length: 50 }, (_, place) => sequence(seed + done + place)))
  })

  it('keeps stores with different prefixes apart on one server [STO-8 ATK-055]', async () => {
    const [one, other] = [await open({ prefix: 'one:' }), await open({ prefix: 'other:' })]
    const row = sampleRow({ owner: unique() })
    await one.insert(row)
    expect(await other.get(row.id)).toBeUndefined()
    expect(await other.list(row.owner ?? '')).toEqual([])
    expect(await other.insert(row)).toBe(1)
  })

  it('holds a row of the largest size, and refuses a larger one without harm to the one that is there', async () => {
    const store = await open()
    // A megabyte, less what memcached and the head of a row take.
    const largest = 1_048_576 - 512 - 38
    const row = sampleRow({ data: new Uint8Array(largest).fill(7) })
    expect(await store.insert(row)).toBe(1)
    expect(Buffer.compare((await store.get(row.id))?.data ?? new Uint8Array(), row.data)).toBe(0)
    await expect(store.replace(nextRow(row, { data: new Uint8Array(largest + 1) }))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      path: 'data',
    })
    expect((await store.get(row.id))?.version).toBe(1)
  })

  it.each([`ab ${'x'}`, 'ab\r\nflush_all', 'abü', `ab${'x'.repeat(250)}`])(
    'refuses the id %j, which cannot be a key [STO-7 ATK-080]',
    async (id) => {
      const store = await open()
      await expect(store.get(id)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'id' })
      await expect(store.insert(sampleRow({ id }))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'id' })
      await expect(store.list(id)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'owner' })
      await expect(store.insert(sampleRow({ owner: id }))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'owner' })
    },
  )

  it('refuses numbers that are not whole, and an owner that changes to another', async () => {
    const store = await open()
    await expect(store.insert(sampleRow({ expiresAt: Number.NaN }))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'expiresAt' })
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    await expect(store.replace(nextRow(row, { owner: unique() }))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'owner' })
  })

  it('throws STORE_UNAVAILABLE from every verb once it is closed, closes twice, and answers what was under way', async () => {
    const store = await open()
    const row = sampleRow({ owner: unique() })
    const inserting = store.insert(row)
    await Promise.all([store.close(), store.close()])
    expect(await inserting).toBe(1)
    const verbs = [store.insert(row), store.get(row.id), store.replace(nextRow(row)), store.remove(row.id), store.list(row.owner ?? '')]
    for (const verb of await Promise.allSettled(verbs)) expect(verb).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } })
  })
})

describe('the ring of servers', () => {
  const buckets = [...'abcdefghijklmnopqrstuvwxyz234567'].flatMap((a) => [...'abcdefghijklmnopqrstuvwxyz234567'].map((b) => a + b))

  it('puts all of a bucket on one server, whatever the order of the list', () => {
    const [ring, reversed] = [serverRing(['a:1', 'b:1', 'c:1']), serverRing(['c:1', 'b:1', 'a:1'])]
    for (const bucket of buckets) {
      expect(ring(`${bucket}other-letters`)).toBe(ring(bucket))
      expect(['a', 'b', 'c'][ring(bucket)]).toBe(['c', 'b', 'a'][reversed(bucket)])
    }
  })

  it('shares buckets out evenly, and moves only its share to a server that joins', () => {
    const [three, four] = [serverRing(['a:1', 'b:1', 'c:1']), serverRing(['a:1', 'b:1', 'c:1', 'd:1'])]
    const moved = buckets.filter((bucket) => three(bucket) !== four(bucket))
    for (const server of [0, 1, 2])
      expect(buckets.filter((bucket) => three(bucket) === server).length / buckets.length).toBeCloseTo(1 / 3, 0)
    for (const server of [0, 1, 2]) expect(buckets.filter((bucket) => three(bucket) === server).length).toBeGreaterThan(220)
    expect(moved.length).toBeLessThan(buckets.length / 3)
    for (const bucket of moved) expect(four(bucket)).toBe(3)
  })

  it('spreads the rows of the store over the servers', async () => {
    const store = await open({ servers, prefix: 'spread:' })
    const rows: Row[] = buckets
      .slice(0, 64)
      .map((bucket) => sampleRow({ id: unique(bucket), owner: unique(bucket), data: bytesOf(bucket) }))
    for (const row of rows) expect(await store.insert(row)).toBe(1)
    for (const row of rows) expect((await store.list(row.owner ?? '')).map(textOf)).toEqual([textOf(row)])
    for (const server of [first, second])
      expect((await server.keys()).filter((key) => key.startsWith('spread:r:')).length).toBeGreaterThan(10)
  })
})
