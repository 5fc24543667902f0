import { memoryStore } from 'sojourn/memory'
import { expect, it } from 'vitest'
import { boundedRows } from '../../src/coherence/bounded-rows.js'
import { cached } from '../../src/coherence/cached.js'

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
