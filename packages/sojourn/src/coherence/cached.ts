import type { Reading } from '../clock.js'
import { isScannable, type Row, type ScannableStore, type Store } from '../store/store.js'
import type { Announcements } from './announcements.js'
import type { BoundedRows } from './bounded-rows.js'
import { fillGuard } from './fill-guard.js'
import type { Freshness } from './freshness.js'
import type { NearStore } from './near-store.js'
import { ownWrites } from './own-writes.js'
import { sharedReads } from './shared-reads.js'

/** The near-cache, and what it must be told. */
export interface Cached {
  readonly near: NearStore
  /** Somebody has changed this row: what is older than `version` is forgotten. */
  changed(id: string, version: number): void
  /** Changes may have gone unheard: nothing is answered from memory that was not asked for anew. */
  flush(): void
  counts(): { readonly hits: number; readonly misses: number }
}

/**
 * A store with rows in memory before it. What it answers from memory is what the store would answer: a row is used only while
 * `freshness` can vouch that every change has been heard, and a read that a change overtook is not kept (the fill guard).
 * Absence is never kept; the record of an end is a row like others, and so is the memory of it.
 */
export function cached(store: Store, rows: BoundedRows, freshness: Freshness, said: Pick<Announcements, 'message' | 'dropped'>): Cached {
  const guard = fillGuard(rows, freshness)
  const reads = sharedReads({ store, rows, freshness, guard })
  let hits = 0
  let misses = 0

  function changed(id: string, version: number): void {
    guard.changed(id, version)
    reads.forget(id)
    const row = rows.get(id)
    if (row !== undefined && row.version < version) rows.delete(id)
  }
  function peek(id: string, reading?: Reading): Row | undefined {
    // In this order: to find out may be to hear that the row has gone.
    return freshness.isFresh(id, reading) ? rows.current(id) : undefined
  }
  function candidate(id: string, reading?: Reading): Row | undefined {
    return freshness.isFresh(id, reading) ? rows.candidate(id) : undefined
  }
  async function get(id: string): Promise<Row | undefined> {
    const known = peek(id)
    if (known === undefined) misses++
    else hits++
    return known ?? (await reads.get(id))
  }
  const near: NearStore = {
    ...(store.isVolatile === undefined ? {} : { isVolatile: store.isVolatile }),
    ...(store.home === undefined ? {} : { home: store.home }),
    get,
    peek,
    candidate,
    recall: rows.get,
    reread: reads.reread,
    ...ownWrites({ store, rows, guard, said, changed }),
    list: (owner) => store.list(owner),
    close: () => store.close(),
  }
  return {
    near: Object.freeze(isScannable(store) ? withScan(near, store) : near),
    changed,
    flush(): void {
      guard.flush()
      reads.forgetAll()
      rows.doubt()
    },
    counts: () => ({ hits, misses }),
  }
}

const withScan = (near: NearStore, store: ScannableStore): NearStore & ScannableStore => ({ ...near, scan: (range) => store.scan(range) })
