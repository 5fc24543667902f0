import { memoryStore } from 'sojourn/memory'
import { describe, expect, it } from 'vitest'
import { boundedRows } from '../../src/coherence/bounded-rows.js'
import { type Cached, cached } from '../../src/coherence/cached.js'
import type { Store } from '../../src/store/store.js'

const ROW = { id: 'aa-row', owner: null, version: 1, createdAt: 0, expiresAt: 1e15, data: new Uint8Array(3) }

it('a read is answered though other places of the store begin to be heard while it is under way, and given up where its own does', async () => {
  const store = await memoryStore()
  await store.insert(ROW)
  let flushes = 0
  let isHeard = true
  const cache = cached(
    {
      ...store,
      async get(id) {
        if (flushes-- > 0) cache.flush()
        return await store.get(id)
      },
    },
    boundedRows({ maxRows: 10, maxBytes: 1e6 }),
    { isFresh: () => isHeard, freshen: async () => isHeard },
    { message: () => 'changed', dropped: () => undefined },
  )
  flushes = 20
  expect((await cache.near.get(ROW.id))?.id).toBe(ROW.id)
  cache.flush()
  flushes = Number.POSITIVE_INFINITY
  await expect(cache.near.get(ROW.id)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  flushes = 0
  isHeard = false
  await expect(cache.near.get(ROW.id)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
})

it('what was read while nobody vouched for its place is asked for again once somebody vouches: the place may be another one by then', async () => {
  const store = await memoryStore()
  await store.insert(ROW)
  let isHeard = false
  const cache = cached(
    store,
    boundedRows({ maxRows: 10, maxBytes: 1e6 }),
    { isFresh: () => isHeard, freshen: async () => isHeard },
    { message: () => 'changed', dropped: () => undefined },
  )
  const ended = { ...ROW, version: 2 }
  const isVouchedFor = (heard: boolean) => {
    isHeard = heard
    return cache.near.peek(ROW.id)?.version
  }
  for (const [learn, atLeast] of [
    [() => cache.near.reread(ROW.id), 1],
    [() => cache.near.replace(ended), 2],
    [() => cache.near.insert({ ...ROW, id: 'aa-another' }), undefined],
  ] as const) {
    isHeard = false
    await learn()
    expect(isVouchedFor(true)).toBeUndefined()
    expect(cache.near.recall(ROW.id)?.version).toBe(atLeast ?? 2)
  }
  expect(cache.near.peek('aa-another')).toBeUndefined()
  // Nor is what was begun without, or ended without.
  for (const [before, after] of [
    [false, true],
    [true, false],
  ] as const) {
    isHeard = before
    const reading = cache.near.reread(ROW.id)
    isHeard = after
    await reading
    expect(isVouchedFor(true)).toBeUndefined()
  }
  expect((await cache.near.get(ROW.id))?.version).toBe(2)
  expect(isVouchedFor(true)).toBe(2)
})

it('a change that is heard of by asking whether all was heard, as soon as a row is read, is not answered with that row', async () => {
  const inner = await memoryStore()
  const unheard: number[] = []
  const cache = cached(
    {
      ...inner,
      async get(id) {
        const row = await inner.get(id)
        // Somebody else changes it when it has been read.
        if (row?.version === 1 && (await inner.replace({ ...ROW, version: 2 }))) unheard.push(2)
        return row
      },
    },
    boundedRows({ maxRows: 10, maxBytes: 1e6 }),
    {
      isFresh() {
        for (const version of unheard.splice(0)) cache.changed(ROW.id, version)
        return true
      },
      freshen: async () => true,
    },
    { message: () => 'changed', dropped: () => undefined },
  )
  await inner.insert(ROW)
  await cache.near.get(ROW.id)
  expect(cache.near.peek(ROW.id)).toBeUndefined()
  expect((await cache.near.get(ROW.id))?.version).toBe(2)
  expect(cache.near.peek(ROW.id)?.version).toBe(2)
})

describe('a row in memory whose changes may have gone unheard', () => {
  async function shaken(): Promise<{ readonly cache: Cached; readonly store: Store; readonly reads: () => number }> {
    const store = await memoryStore()
    await store.insert(ROW)
    let reads = 0
    const cache = cached(
      {
        ...store,
        async get(id) {
          reads++
          const row = await store.get(id)
          return row === undefined ? undefined : { ...row, data: Uint8Array.from(row.data) }
        },
      },
      boundedRows({ maxRows: 10, maxBytes: 1e6 }),
      { isFresh: () => true, freshen: async () => true },
      { message: () => 'changed', dropped: () => undefined },
    )
    return { cache, store, reads: () => reads }
  }

  it('is asked for once more, and is the same object if the store has the same bytes', async () => {
    const { cache, reads } = await shaken()
    const row = await cache.near.get(ROW.id)
    expect(cache.near.peek(ROW.id)).toBe(row)
    expect(cache.near.candidate(ROW.id)).toBe(row)
    cache.flush()
    expect(cache.near.peek(ROW.id)).toBeUndefined()
    expect(cache.near.candidate(ROW.id)).toBeUndefined()
    expect(cache.near.recall(ROW.id)).toBe(row)
    expect(await cache.near.get(ROW.id)).toBe(row)
    expect(cache.near.peek(ROW.id)).toBe(row)
    expect(reads()).toBe(2)
  })

  it('gives way to what the store has, be it of the same version or of an older one', async () => {
    const { cache, store } = await shaken()
    expect(await store.replace({ ...ROW, version: 2, data: Uint8Array.of(2) })).toBe(true)
    expect((await cache.near.get(ROW.id))?.version).toBe(2)
    for (const [version, byte] of [
      [2, 7],
      [1, 9],
    ] as const) {
      cache.flush()
      await store.remove(ROW.id)
      await store.insert({ ...ROW, version, data: Uint8Array.of(byte) })
      const found = await cache.near.get(ROW.id)
      expect([found?.version, found?.data[0]]).toEqual([version, byte])
      expect(cache.near.peek(ROW.id)).toBe(found)
    }
  })

  it('is gone if the store has it no more', async () => {
    const { cache, store } = await shaken()
    await cache.near.get(ROW.id)
    cache.flush()
    await store.remove(ROW.id)
    expect(await cache.near.get(ROW.id)).toBeUndefined()
    expect(cache.near.recall(ROW.id)).toBeUndefined()
  })
})
