import assert from 'node:assert/strict'
import { race } from './race.js'
import { sameRow } from './same-row.js'
import { bytesOf, nextRow, sampleRow, unique } from './sample.js'
import type { StoreCheck } from './store-check.js'

export const removeChecks: readonly StoreCheck[] = [
  {
    name: 'takes a removed row out of everything',
    async check(store) {
      const owner = unique()
      const row = sampleRow({ owner }, 'gone')
      await store.insert(row)
      const last = nextRow(row, { data: bytesOf('gone for good') })
      await store.replace(last)
      sameRow(await store.remove(row.id), last, 'what the remover gets')
      assert.equal(await store.get(row.id), undefined)
      assert.deepEqual(await store.list(owner), [])
      assert.equal(await store.remove(row.id), undefined, 'a second time')
      assert.equal(await store.insert(sampleRow({ owner })), 1, 'the count of its owner')
    },
  },
  {
    name: 'hands a removed row to exactly one of many callers',
    async check(store) {
      for (let round = 0; round < 5; round++) {
        const row = sampleRow({ owner: unique() }, `round ${round}`)
        await store.insert(row)
        const answers = await race(20, (place) => store.remove(row.id, place % 3 === 0 ? 1 : undefined))
        const handed = answers.filter((answer) => answer !== undefined)
        assert.equal(handed.length, 1, 'callers that got the row')
        sameRow(handed[0], row, 'the row')
      }
    },
  },
  {
    name: 'removes only the version that is named',
    async check(store) {
      const row = sampleRow({ owner: unique() })
      await store.insert(row)
      const second = nextRow(row)
      await store.replace(second)
      assert.equal(await store.remove(row.id, 1), undefined, 'the version before')
      assert.equal(await store.remove(row.id, 3), undefined, 'the version after')
      sameRow(await store.get(row.id), second, 'nothing changed')
      sameRow(await store.remove(row.id, 2), second, 'the version that is stored')
      assert.equal(await store.get(row.id), undefined)
    },
  },
  {
    name: 'lets either the remover of a version or its replacer win, never both',
    async check(store) {
      await race(30, async (place) => {
        const row = sampleRow({ owner: unique() })
        await store.insert(row)
        const next = nextRow(row, { data: bytesOf('renewed') })
        const removal = (): Promise<unknown> => store.remove(row.id, 1)
        const [first, second] = await Promise.all(place % 2 === 0 ? [removal(), store.replace(next)] : [store.replace(next), removal()])
        const [removed, replaced] = place % 2 === 0 ? [first, second] : [second, first]
        assert.equal(removed !== undefined, replaced !== true, 'exactly one of them wins')
        const left = await store.get(row.id)
        if (replaced) sameRow(left, next, 'the renewed row')
        else assert.equal(left, undefined)
      })
    },
  },
]
