import assert from 'node:assert/strict'
import type { Millis } from '../../clock.js'
import { isScannable, type Row, type ScannableStore, type ScanRange, type Store } from '../../store/store.js'
import { seededRandom } from '../seeded-random.js'
import { turn } from './race.js'
import { bytesOf, nextRow, sampleRow, unique, uniqueWindow } from './sample.js'
import { sameRows } from './same-row.js'
import type { StoreCheck } from './store-check.js'

const scannable = (store: Store): ScannableStore => {
  assert.ok(isScannable(store), 'this check needs a store with scan')
  return store
}

/** Every page of a walk, with something done between two pages. */
async function walk(store: ScannableStore, range: Omit<ScanRange, 'after'>, between: () => Promise<void> = turn): Promise<Row[]> {
  const met: Row[] = []
  let after: string | undefined
  do {
    const page = await store.scan(after === undefined ? range : { ...range, after })
    assert.ok(page.rows.length <= range.limit, 'rows on a page')
    met.push(...page.rows)
    assert.ok(met.length <= 10_000, 'the walk does not end')
    after = page.next
    await between()
  } while (after !== undefined)
  return met
}

/** Rows that expire within 100 ms from `start`, several at the same instant, in several buckets, in the order of a walk. */
async function fill(store: Store, start: Millis, count: number): Promise<Row[]> {
  const buckets = ['aa', 'm3', 'zz', '7q']
  const rows = Array.from({ length: count }, (_, place) => {
    const bucket = buckets[place % buckets.length] ?? 'aa'
    const owner = place % 3 === 0 ? null : unique(bucket)
    return sampleRow({ id: unique(bucket), owner, expiresAt: start + (Math.imul(place, 37) % 20) * 5 }, `row ${place}`)
  })
  for (const row of rows) await store.insert(row)
  return rows.sort((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1))
}

export const scanChecks: readonly StoreCheck[] = [
  {
    name: 'walks over all rows by expiry, then id, whatever the size of the pages',
    needs: 'scan',
    async check(any) {
      const store = scannable(any)
      const from = uniqueWindow()
      const rows = await fill(store, from, 60)
      for (const limit of [1, 7, 60, 1_000]) sameRows(await walk(store, { from, to: from + 100, limit }), rows, `pages of ${limit}`)
      const page = await store.scan({ from, to: from + 100, limit: 1_000 })
      assert.equal(page.next, undefined, 'no further page when everything was on this one')
    },
  },
  {
    name: 'scans from its first instant up to its last, which does not belong to it',
    needs: 'scan',
    async check(any) {
      const store = scannable(any)
      const from = uniqueWindow()
      const rows = [0, 1, 2, 3].map((after) => sampleRow({ expiresAt: from + after }))
      for (const row of rows) await store.insert(row)
      const range = (first: number, last: number): Promise<Row[]> => walk(store, { from: from + first, to: from + last, limit: 1 })
      sameRows(await range(0, 4), rows, 'all')
      sameRows(await range(1, 3), rows.slice(1, 3), 'the two in the middle')
      sameRows(await range(1, 2), rows.slice(1, 2), 'one instant')
      sameRows(await range(2, 2), [], 'an empty span')
      sameRows(await range(4, 900), [], 'a span without rows')
      // Milliseconds below one bit of a 32-bit float, and rows before the epoch's first second.
      sameRows((await store.scan({ from: from + 3, to: 8.64e15, limit: 1 })).rows, rows.slice(3), 'up to the end of time')
    },
  },
  {
    name: 'scans rows as they are now, where they expire now',
    needs: 'scan',
    async check(any) {
      const store = scannable(any)
      const from = uniqueWindow()
      const [moved, ended, gone] = [1, 2, 3].map((after) => sampleRow({ owner: unique(), expiresAt: from + after }))
      if (!moved || !ended || !gone) return
      for (const row of [moved, ended, gone]) await store.insert(row)
      const later = nextRow(moved, { expiresAt: from + 500, data: bytesOf('moved') })
      const tombstone = nextRow(ended, { owner: null })
      await store.replace(later)
      await store.replace(tombstone)
      await store.replace(nextRow(gone, { version: 9, expiresAt: from + 4 }))
      await store.remove(gone.id)
      sameRows(await walk(store, { from, to: from + 100, limit: 10 }), [tombstone], 'where they expired before')
      sameRows(await walk(store, { from, to: from + 900, limit: 1 }), [tombstone, later], 'where they expire now')
    },
  },
  {
    name: 'goes on behind a row that was removed or moved meanwhile',
    needs: 'scan',
    async check(any) {
      const store = scannable(any)
      const from = uniqueWindow()
      const rows = await fill(store, from, 20)
      const met: Row[] = []
      let after: string | undefined
      do {
        const page = await store.scan({ from, to: from + 100, limit: 3, ...(after === undefined ? {} : { after }) })
        met.push(...page.rows)
        after = page.next
        // As a sweep does, and as a renewal does.
        for (const row of page.rows) {
          if (row.owner === null) await store.remove(row.id, row.version)
          else await store.replace(nextRow(row, { expiresAt: from + 500 }))
        }
      } while (after !== undefined && met.length < 100)
      sameRows(met, rows, 'each row once, in order')
      assert.equal((await walk(store, { from, to: from + 100, limit: 100 })).length, 0, 'nothing is left where it was')
    },
  },
  {
    name: 'meets every row that stays exactly once while others come and go',
    needs: 'scan',
    async check(any) {
      const store = scannable(any)
      const random = seededRandom(20_260_101)
      const from = uniqueWindow()
      const staying = await fill(store, from, 40)
      const passing: Row[] = []
      const comeAndGo = async (): Promise<void> => {
        for (let change = 0; change < 4; change++) {
          const row = sampleRow({ id: unique(random.pick(['aa', 'm3', 'zz'])), expiresAt: from + random.below(100) })
          await store.insert(row)
          passing.push(row)
          if (random.below(2) === 0) await store.remove(passing.splice(random.below(passing.length), 1)[0]?.id ?? '')
        }
      }
      await comeAndGo()
      const met = await walk(store, { from, to: from + 100, limit: 3 }, comeAndGo)
      const ids = new Set(staying.map(({ id }) => id))
      sameRows(met.filter(({ id }) => ids.has(id)), staying, 'the rows that stay')
      assert.equal(new Set(met.map(({ id }) => id)).size, met.length, 'no row twice')
    },
  },
]
