import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { BUCKETS } from '../../src/store/redis/buckets.js'
import { slotOf } from '../../src/store/redis/slot.js'
import { type RedisStoreSettings, redisStore } from '../../src/store/redis.js'
import type { ReplicatedStore, ScannableStore } from '../../src/store/store.js'
import { nextRow, sampleRow, textOf, unique } from '../../src/testing/contract/sample.js'
import { freePort, startRedis } from '../servers/redis.js'

const DAY = 86_400_000

describe('what redisStore keeps on the server', async () => {
  const server = await startRedis()
  afterAll(() => server.stop())
  const open = async (settings: RedisStoreSettings = {}): Promise<ScannableStore & ReplicatedStore> => {
    await server.cli('FLUSHALL')
    const store = await redisStore({ url: server.url, ...settings })
    onTestFinished(() => store.close())
    return store
  }
  const keys = async (): Promise<string[]> =>
    (await server.cli('KEYS', '*'))
      .split('\n')
      .filter((key) => key !== '')
      .toSorted()
  const goneIn = async (key: string): Promise<number> => Number(await server.cli('PTTL', key))

  it('is a row, and its places in two indexes, all with the tag of their bucket', async () => {
    const store = await open({ prefix: 'app:' })
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    expect(await keys()).toEqual([`app:{ab}:o:${row.owner}`, `app:{ab}:r:${row.id}`, 'app:{ab}:x'])
    expect(await store.replace(nextRow(row, { owner: null }))).toBe(true)
    expect(await keys(), 'an ended row is nobody’s').toEqual([`app:{ab}:r:${row.id}`, 'app:{ab}:x'])
    await store.remove(row.id)
    expect(await keys(), 'nothing stays behind').toEqual([])
  })

  it('gives an ended row no owner again: who read the same version at a primary that was replaced has lost a race', async () => {
    const store = await open()
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    const ended = nextRow(row, { owner: null })
    expect(await store.replace(ended)).toBe(true)
    expect(await store.replace(nextRow({ ...ended, owner: row.owner }))).toBe(false)
    expect(await store.get(row.id)).toMatchObject({ owner: null, version: ended.version })
    const other = sampleRow({ owner: unique() })
    await store.insert(other)
    await expect(store.replace(nextRow(other, { owner: unique() }))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'owner' })
  })

  it('spreads over a cluster by the two letters: the slots are those that a server computes', async () => {
    const node = await startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-port', `${await freePort()}`] })
    onTestFinished(() => node.stop())
    for (const key of ['sojourn:{aa}:x', 'sojourn:{zz}:r:zz{x}', '{7q}', 'a:{m3}:o:m3']) {
      expect(`${slotOf(key)}`, key).toBe(await node.cli('CLUSTER', 'KEYSLOT', key))
    }
    expect(new Set(BUCKETS.map((bucket) => slotOf(`{${bucket}}`))).size, 'different slots').toBeGreaterThan(900)
  })

  it('is dropped a day after it expires, if nobody sweeps', async () => {
    const store = await open()
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    const left = row.expiresAt + DAY - Date.now()
    expect(await goneIn(`sojourn:{ab}:r:${row.id}`)).toBeGreaterThan(left - 5_000)
    expect(await goneIn(`sojourn:{ab}:r:${row.id}`)).toBeLessThanOrEqual(left)
    for (const index of [`sojourn:{ab}:o:${row.owner}`, 'sojourn:{ab}:x']) {
      expect(await goneIn(index), index).toBeGreaterThan(left - 5_000)
      expect(await goneIn(index), index).toBeLessThan(left + 2 * DAY)
    }
    const later = nextRow(row, { expiresAt: row.expiresAt + 30 * DAY })
    await store.replace(later)
    for (const key of [`sojourn:{ab}:r:${row.id}`, `sojourn:{ab}:o:${row.owner}`, 'sojourn:{ab}:x']) {
      expect(await goneIn(key), `${key}, prolonged`).toBeGreaterThan(left + 30 * DAY - 5_000)
    }
  })

  it('stays a day after it was written, however wrong the clocks are', async () => {
    const store = await open()
    const row = sampleRow({ owner: unique(), expiresAt: 1 })
    await store.insert(row)
    expect(await goneIn(`sojourn:{ab}:r:${row.id}`)).toBeGreaterThan(DAY - 5_000)
    const last = nextRow(row, { expiresAt: 8.64e15 })
    expect(await store.replace(last)).toBe(true)
    expect((await store.get(row.id))?.expiresAt).toBe(8.64e15)
  })

  it('forgets in its indexes what the server has dropped by itself', async () => {
    const store = await open()
    const owner = unique()
    const rows = [1, 2, 3].map((createdAt) => sampleRow({ owner, createdAt }, `${createdAt}`))
    for (const row of rows) await store.insert(row)
    await server.cli('DEL', `sojourn:{ab}:r:${rows[1]?.id}`)
    expect((await store.list(owner)).map(textOf)).toEqual(['1', '3'])
    expect(await server.cli('ZCARD', `sojourn:{ab}:o:${owner}`)).toBe('2')
    expect((await store.scan({ from: 0, to: 8.64e15, limit: 10 })).rows).toHaveLength(2)
    expect(await server.cli('ZCARD', 'sojourn:{ab}:x')).toBe('2')
    expect(await store.insert(sampleRow({ owner }))).toBe(3)
  })

  it('can be walked over page by page when hundreds of rows expire at one instant', async () => {
    const store = await open()
    const rows = Array.from({ length: 300 }, () => sampleRow({ expiresAt: 5_000 }))
    await Promise.all(rows.map((row) => store.insert(row)))
    const met: string[] = []
    let after: string | undefined
    do {
      const page = await store.scan({ from: 0, to: 10_000, limit: 7, ...(after === undefined ? {} : { after }) })
      met.push(...page.rows.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)
    expect(met.toSorted()).toEqual(rows.map(({ id }) => id).toSorted())
  })

  it('is walked over in four answers when there is nothing', async () => {
    const store = await open()
    let pages = 0
    let after: string | undefined
    do {
      const page = await store.scan({ from: 0, to: 8.64e15, limit: 1_000, ...(after === undefined ? {} : { after }) })
      expect(page.rows).toEqual([])
      after = page.next
      pages++
    } while (after !== undefined)
    expect(pages).toBe(4)
  })

  it.each(['', 'x', '1.', '1.00nobucket', '1.a b', '99999999999999999.ab'])(
    'cannot be walked over from the place %j [STO-10 ATK-079]',
    async (after) => {
      const store = await open()
      await expect(store.scan({ from: 0, to: 1, limit: 1, after })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', path: 'after' })
    },
  )

  it('takes at most 560 bytes for a session beside its sealed data', async () => {
    const store = await open()
    const [count, sealed] = [20_000, 330]
    const used = async (): Promise<number> => Number(/^used_memory:(\d+)/m.exec(await server.cli('INFO', 'memory'))?.[1])
    const before = await used()
    for (let from = 0; from < count; from += 500) {
      await Promise.all(
        Array.from({ length: 500 }, (_, place) => {
          const bucket = BUCKETS[((from + place) * 7) % BUCKETS.length] ?? 'aa'
          // As long as those of the engine: ids of 24 characters, owners of 45.
          const name = `${from + place}`.padStart(22, '0')
          return store.insert(
            sampleRow({ id: `${bucket}${name}`, owner: `${bucket}${name.padStart(43, 'o')}`, data: new Uint8Array(sealed) }),
          )
        }),
      )
    }
    const each = ((await used()) - before) / count
    expect(each - sealed).toBeLessThan(560)
  })
})
