import type { Row, ScanRange } from '../../../src/store/store.js'
import { BOUNDS, type Fault, WALK, WALK_BEHIND, WALK_STORM } from './fault.js'
import { byExpiry, copy, pause } from './plain-store.js'

/** A walk over everything, from which the faults below go wrong. */
const found = (rows: Map<string, Row>, { from, to }: ScanRange): Row[] =>
  [...rows.values()].filter((row) => row.expiresAt >= from && row.expiresAt < to).sort(byExpiry)

export const scanFaults: readonly Fault[] = [
  {
    name: 'pages by offset',
    breaks: [WALK_BEHIND, WALK_STORM],
    plant: ({ rows }) => ({
      async scan(range) {
        await pause()
        const offset = Number(range.after ?? 0)
        const all = found(rows, range)
        const end = offset + range.limit
        return { rows: all.slice(offset, end).map(copy), ...(end < all.length ? { next: String(end) } : {}) }
      },
    }),
  },
  {
    name: 'a page begins at the row of the page before, wherever that is now',
    breaks: [WALK_BEHIND],
    plant: ({ rows }) => ({
      async scan(range) {
        await pause()
        const all = found(rows, range)
        const start = range.after === undefined ? 0 : all.findIndex(({ id }) => id === range.after) + 1
        const page = all.slice(start, start + range.limit)
        const last = page.at(-1)
        return { rows: page.map(copy), ...(last && start + range.limit < all.length ? { next: last.id } : {}) }
      },
    }),
  },
  {
    name: 'the cursor is an instant, so ties at the end of a page are lost',
    breaks: [WALK, WALK_STORM],
    plant: ({ rows }) => ({
      async scan(range) {
        await pause()
        const all = found(rows, range).filter(({ expiresAt }) => expiresAt > Number(range.after ?? -1))
        const page = all.slice(0, range.limit)
        const last = page.at(-1)
        return { rows: page.map(copy), ...(last && all.length > range.limit ? { next: String(last.expiresAt) } : {}) }
      },
    }),
  },
  {
    name: 'the last instant belongs to the span',
    breaks: [BOUNDS],
    plant: (store) => ({ scan: (range) => store.scan({ ...range, to: range.to + 1 }) }),
  },
  {
    name: 'the first instant does not belong to the span',
    breaks: [BOUNDS, WALK],
    plant: (store) => ({ scan: (range) => store.scan({ ...range, from: range.from + 1 }) }),
  },
  {
    name: 'pages hold more than was asked for',
    breaks: [WALK, BOUNDS],
    plant: (store) => ({ scan: (range) => store.scan({ ...range, limit: range.limit + 1 }) }),
  },
  {
    name: 'rows without owner are left out of the walk',
    breaks: [WALK],
    plant: (store) => ({
      async scan(range) {
        const page = await store.scan(range)
        return { ...page, rows: page.rows.filter(({ owner }) => owner !== null) }
      },
    }),
  },
]
