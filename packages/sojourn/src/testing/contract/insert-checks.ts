import assert from 'node:assert/strict'
import { race } from './race.js'
import { sameRow, sameRows } from './same-row.js'
import { bytesOf, nextRow, sampleRow, textOf, unique } from './sample.js'
import type { StoreCheck } from './store-check.js'

/** Names that a plain object already has: a store built on one finds rows that nobody inserted. */
const INHERITED = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__']

export const insertChecks: readonly StoreCheck[] = [
  {
    name: 'hands back a row as it was inserted',
    async check(store) {
      const owned = sampleRow({ owner: unique() }, 'owned')
      const loose = sampleRow({}, 'loose')
      await store.insert(owned)
      await store.insert(loose)
      sameRow(await store.get(owned.id), owned, 'a row with an owner')
      sameRow(await store.get(loose.id), loose, 'a row without owner')
    },
  },
  {
    name: 'has an answer, not an error, for what was never inserted',
    async check(store) {
      for (const id of [unique(), ...INHERITED]) {
        assert.equal(await store.get(id), undefined, `get ${id}`)
        assert.equal(await store.remove(id), undefined, `remove ${id}`)
        assert.equal(await store.remove(id, 1), undefined, `remove version 1 of ${id}`)
        assert.equal(await store.replace(sampleRow({ id, version: 2 })), false, `replace ${id}`)
        assert.deepEqual(await store.list(id), [], `list ${id}`)
      }
    },
  },
  {
    name: 'answers 0 for a taken id and changes nothing',
    async check(store) {
      const row = sampleRow({ owner: unique() }, 'first')
      const other = unique()
      assert.equal(await store.insert(row), 1)
      assert.equal(await store.insert({ ...row, data: bytesOf('second') }), 0, 'the same owner')
      assert.equal(await store.insert({ ...row, owner: other, expiresAt: row.expiresAt + 1 }), 0, 'another owner')
      assert.equal(await store.insert({ ...row, owner: null }), 0, 'no owner')
      sameRow(await store.get(row.id), row, 'the row that was there')
      sameRows(await store.list(row.owner ?? ''), [row], 'the list of its owner')
      assert.deepEqual(await store.list(other), [], 'the list of the owner that was refused')

      const replaced = nextRow(row, { data: bytesOf('replaced') })
      await store.replace(replaced)
      assert.equal(await store.insert(row), 0, 'after a replacement')
      sameRow(await store.get(row.id), replaced, 'the replaced row')
    },
  },
  {
    name: 'lets exactly one of many racers insert an id',
    async check(store) {
      const id = unique()
      const racers = Array.from({ length: 50 }, (_, place) => sampleRow({ id, owner: unique() }, `racer ${place}`))
      const answers = await race(racers.length, (place) => store.insert(racers[place] ?? sampleRow()))
      const winners = racers.filter((_, place) => answers[place] !== 0)
      assert.equal(winners.length, 1, 'racers that were told they had inserted the id')
      const [winner] = winners
      if (winner === undefined) return
      sameRow(await store.get(id), winner, 'the row of the racer that won')
      for (const { owner } of racers) {
        assert.equal((await store.list(owner ?? '')).length, owner === winner.owner ? 1 : 0, 'rows listed for a racer')
      }
    },
  },
  {
    name: 'answers the exact number of the owner’s rows, also while many are inserted at once',
    async check(store) {
      const owner = unique()
      const answers = await race(50, () => store.insert(sampleRow({ owner })))
      assert.deepEqual(
        answers.toSorted((a, b) => a - b),
        Array.from({ length: 50 }, (_, place) => place + 1),
        'every number from 1 to 50 once',
      )
      assert.equal((await store.list(owner)).length, 50)
      assert.equal(await store.insert(sampleRow({ owner: unique() })), 1, 'another owner starts at 1')
    },
  },
  {
    name: 'answers 1 for each row without owner',
    async check(store) {
      assert.deepEqual(
        await race(10, () => store.insert(sampleRow())),
        Array.from({ length: 10 }, () => 1),
      )
    },
  },
  {
    name: 'takes the id of a removed row again, as a new row',
    async check(store) {
      const owner = unique()
      const row = sampleRow({ owner }, 'first life')
      await store.insert(row)
      await store.replace(nextRow(row))
      await store.remove(row.id)
      const again = { ...row, data: bytesOf('second life') }
      assert.equal(await store.insert(again), 1)
      sameRow(await store.get(row.id), again, 'the new row')
      assert.deepEqual((await store.list(owner)).map(textOf), ['second life'])
    },
  },
]
