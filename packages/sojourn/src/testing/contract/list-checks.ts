import assert from 'node:assert/strict'
import type { Row } from '../../store/store.js'
import { race, turn } from './race.js'
import { sameRow, sameRows } from './same-row.js'
import { bytesOf, nextRow, sampleRow, unique } from './sample.js'
import type { StoreCheck } from './store-check.js'

const idsOf = (rows: readonly Row[]): string[] => rows.map(({ id }) => id)

export const listChecks: readonly StoreCheck[] = [
  {
    name: 'lists the owner’s rows oldest first, ties by id in code-unit order',
    async check(store) {
      const owner = unique()
      const base = unique()
      const row = (end: string, createdAt: number): Row => sampleRow({ id: `${base}${end}`, owner, createdAt })
      // '-' < '0' < 'A' < '_' < 'a': no language sorts like this, and sorting without regard to case does not either.
      const expected = [
        row('z', 900),
        row('-', 1_000),
        row('0', 1_000),
        row('A', 1_000),
        row('_', 1_000),
        row('a', 1_000),
        row('B', 10_000),
      ]
      for (const place of [3, 6, 1, 5, 0, 4, 2]) await store.insert(expected[place] ?? sampleRow())
      sameRows(await store.list(owner), expected, 'the whole list')
    },
  },
  {
    name: 'lists all rows that were inserted at once',
    async check(store) {
      const owner = unique()
      const rows = Array.from({ length: 40 }, (_, place) => sampleRow({ owner, createdAt: 1_000 + place }))
      await race(rows.length, (place) => store.insert(rows[(place * 7) % rows.length] ?? sampleRow()))
      assert.deepEqual(idsOf(await store.list(owner)), idsOf(rows))
    },
  },
  {
    name: 'never lists rows of another owner, also where one name begins with the other',
    async check(store) {
      const owner = unique()
      const owners = [owner, `${owner}0`, `${owner}-`, `${owner}_`, owner.slice(0, -1), owner.toUpperCase()]
      const rows = owners.map((name) => sampleRow({ owner: name }))
      const loose = sampleRow({ id: `${owner}x` })
      await store.insert(loose)
      for (const row of rows) assert.equal(await store.insert(row), 1, 'the count of its owner')
      for (const [place, name] of owners.entries()) sameRows(await store.list(name), rows.slice(place, place + 1), 'the list of one owner')
      assert.deepEqual(await store.list(loose.id), [], 'an id is not an owner')
      assert.deepEqual(await store.list('null'), [], 'rows without owner are on no list')
      assert.deepEqual(await store.list(''), [], 'rows without owner are on no list')
    },
  },
  {
    name: 'takes a row off its owner’s list when a replacement sets the owner to null',
    async check(store) {
      const owner = unique()
      const rows = [1, 2, 3].map((createdAt) => sampleRow({ owner, createdAt }))
      for (const row of rows) await store.insert(row)
      const ended = nextRow(rows[1] ?? sampleRow(), { owner: null, data: bytesOf('ended') })
      assert.equal(await store.replace(ended), true)
      sameRow(await store.get(ended.id), ended, 'the ended row stays')
      assert.deepEqual(idsOf(await store.list(owner)), [rows[0]?.id, rows[2]?.id], 'the list')
      assert.equal(await store.insert(sampleRow({ owner })), 3, 'the count')
      sameRow(await store.remove(ended.id), ended, 'it can be removed')
      assert.equal((await store.list(owner)).length, 3, 'which leaves the list alone')
    },
  },
  {
    name: 'changes nothing on the list when a replacement is refused',
    async check(store) {
      const owner = unique()
      const row = sampleRow({ owner })
      await store.insert(row)
      await store.replace(nextRow(row))
      assert.equal(await store.replace(nextRow(row, { owner: null })), false, 'a late end')
      assert.deepEqual(idsOf(await store.list(owner)), [row.id])
      assert.equal(await store.insert(sampleRow({ owner })), 2, 'the count')
    },
  },
  {
    name: 'ends a row in one step, seen alike in the row and in the list',
    async check(store) {
      await race(10, async () => {
        const owner = unique()
        const row = sampleRow({ owner })
        await store.insert(row)
        let done = false
        const read = async (): Promise<void> => {
          while (!done) {
            const before = await store.get(row.id)
            const listed = await store.list(owner)
            const after = await store.get(row.id)
            // Read in this order, so each reader's own view has to be consistent whenever the end falls between.
            if (before?.owner === null) assert.deepEqual(idsOf(listed), [], 'ended, and still on the list')
            if (listed.length === 0) assert.equal(after?.owner, null, 'off the list, and not ended')
            for (const { owner: listedOwner } of listed) assert.equal(listedOwner, owner, 'a listed row of nobody')
            await turn()
          }
        }
        const end = async (): Promise<void> => {
          try {
            await turn()
            assert.equal(await store.replace(nextRow(row, { owner: null })), true)
            assert.deepEqual(await store.list(owner), [], 'off the list when the answer is there')
          } finally {
            done = true
          }
        }
        await Promise.all([race(3, read), end()])
      })
    },
  },
  {
    name: 'ends all rows of an owner while others are being inserted, and lists the rest',
    async check(store) {
      const owner = unique()
      const rows = Array.from({ length: 20 }, () => sampleRow({ owner }))
      for (const row of rows) await store.insert(row)
      const [inserted] = await Promise.all([
        race(20, async () => {
          const row = sampleRow({ owner })
          await store.insert(row)
          return row
        }),
        race(rows.length, async (place) => {
          const row = rows[place] ?? sampleRow()
          assert.equal(await store.replace(nextRow(row, { owner: null })), true)
        }),
      ])
      assert.deepEqual(new Set(idsOf(await store.list(owner))), new Set(idsOf(inserted)))
      assert.equal(await store.insert(sampleRow({ owner })), 21, 'the count')
    },
  },
]
