import assert from 'node:assert/strict'
import type { Millis } from '../../clock.js'
import { isScannable, type Row, type ScannableStore, type ScanRange, type Store } from '../../store/store.js'
import { seededRandom } from '../seeded-random.js'
import { turn } from './race.js'
import { sameRows } from './same-row.js'
import { bytesOf, nextRow, sampleRow, unique, uniqueWindow } from './sample.js'
import type { StoreCheck } from './store-check.js'

const scannable = (store: Store): ScannableStore => {
  assert.ok(isScannable(store), 'this check needs a store with scan')
  return store
}

/** A walk can pass many empty places on its way, such as the shards of a store; not endlessly many. */
const MOST_PAGES = 20_000

/** Every page of a walk, with something done between two pages. Sorted by id: in which order rows are met is the store's affair. */
async function walk(store: ScannableStore, range: Omit<ScanRange, 'after'>, between: () => Promise<void> = turn): Promise<Row[]> {
  const met: Row[] = []
  let after: string | undefined
  let pages = 0
  do {
    const page = await store.scan(after === undefined ? range : { ...range, after })
    assert.ok(page.rows.length <= range.limit, 'rows on a page')
    met.push(...page.rows)
    assert.ok(++pages <= MOST_PAGES, 'the walk does not end')
    after = page.next
    await between()
  } while (after !== undefined)
  return met.sort(byId)
}

const byId = (a: Row, b: Row): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** Rows that expire within 100 ms from `start`, several at the same instant, in several buckets. Sorted by id. */
async function fill(store: Store, start: Millis, count: number): Promise<Row[]> {
  const buckets = ['aa', 'm3', 'zz', '7q']
  const rows = Array.from({ length: count }, (_, place) => {
    const bucket = buckets[place % buckets.length] ?? 'aa'
    const owner = place % 3 === 0 ? null : unique(bucket)
    return sampleRow({ id: unique(bucket), owner, expiresAt: start + (Math.imul(place, 37) % 20) * 5 }, `row ${place}`)
  })
  for (const row of rows) await store.insert(row)
  return rows.sort(byId)
}

export const scanChecks: readonly StoreCheck[] = [
  {
    name: 'walks over all rows of a span, each once, whatever the size of the pages',
    needs: 'scan',
    async check(any) {
      const store = scannable(any)
      const from = uniqueWindow()
      const rows = await fill(store, from, 60)
      for (const limit of [1, 7, 60, 1_000]) sameRows(await walk(store, { from, to: from + 100, limit }), rows, `pages of ${limit}`)
    },
  },
  {
    name: 'scans from its first instant up to its last, which does not belong to it',
    needs: 'scan',
    async check(any) {
      const store = scannable(any)
      const from = uniqueWindow()
      const rows = [0, 1, 2, 3].map((after) => sampleRow({ id: `${unique()}${after}`, expiresAt: from + after }))
      for (const row of rows) await store.insert(row)
      const range = (first: number, last: number): Promise<Row[]> => walk(store, { from: from + first, to: from + last, limit: 1 })
      sameRows(await range(0, 4), rows, 'all')
      sameRows(await range(1, 3), rows.slice(1, 3), 'the two in the middle')
      sameRows(await range(1, 2), rows.slice(1, 2), 'one instant')
      sameRows(await range(2, 2), [], 'an empty span')
      sameRows(await range(4, 900), [], 'a span without rows')
    },
  },
  {
    name: 'scans rows as they are now, where they expire now',
    needs: 'scan',
    async check(any) {
      const store = scannable(any)
      const from = uniqueWindow()
      const expiring = (after: Millis): Row => sampleRow({ owner: unique(), expiresAt: from + after })
      const [ended, moved, gone] = [expiring(1), expiring(2), expiring(3)]
      for (const row of [moved, ended, gone]) await store.insert(row)
      const later = nextRow(moved, { expiresAt: from + 500, data: bytesOf('moved') })
      const tombstone = nextRow(ended, { owner: null })
      await store.replace(later)
      await store.replace(tombstone)
      await store.remove(gone.id)
      sameRows(await walk(store, { from, to: from + 100, limit: 10 }), [tombstone], 'where they expired before')
      sameRows(await walk(store, { from, to: from + 900, limit: 1 }), [tombstone, later].sort(byId), 'where they expire now')
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
      const staying: Row[] = []
      let after: string | undefined
      let pages = 0
      do {
        const page = await store.scan({ from, to: from + 100, limit: 3, ...(after === undefined ? {} : { after }) })
        after = page.next
        for (const row of page.rows) {
          // As a sweep does, as a renewal does; the last row of a page meets each of the three fates.
          const fate = met.push(row) % 4
          if (fate < 2) await store.remove(row.id, row.version)
          else if (fate === 2) await store.replace(nextRow(row, { expiresAt: from + 500 }))
          else staying.push(row)
        }
        assert.ok(++pages <= MOST_PAGES, 'the walk does not end')
      } while (after !== undefined)
      sameRows(met.sort(byId), rows, 'each row once')
      sameRows(await walk(store, { from, to: from + 100, limit: 100 }), staying.sort(byId), 'what is left where it was')
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
      sameRows(
        met.filter(({ id }) => ids.has(id)),
        staying,
        'the rows that stay',
      )
      assert.equal(new Set(met.map(({ id }) => id)).size, met.length, 'no row twice')
    },
  },
]
