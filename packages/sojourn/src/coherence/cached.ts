import type { Reading } from '../clock.js'
import { storeUnavailable } from '../errors.js'
import { isScannable, type Row, type ScannableStore, type Store } from '../store/store.js'
import type { Announcements } from './announcements.js'
import type { BoundedRows } from './bounded-rows.js'
import type { Freshness } from './freshness.js'
import type { NearStore } from './near-store.js'
import { sameRow } from './same-row.js'

/** The near-cache, and what it must be told. */
export interface Cached {
  readonly near: NearStore
  /** Somebody has changed this row: what is older than `version` is forgotten. */
  changed(id: string, version: number): void
  /** Changes may have gone unheard: nothing is answered from memory that was not asked for anew. */
  flush(): void
  counts(): { readonly hits: number; readonly misses: number }
}

/** A read that an outage overtook is tried once more; then the caller is told. */
const MAX_TRIES = 2
/** Places of the store that begin to be heard, or were lost, while one read is under way: more than any cluster has at once. */
const MAX_FLUSHES = 64

/** Something under way that will know a row: a read, or a write of our own. */
interface Watch {
  /** The newest version heard of meanwhile. */
  seen: number
  users: number
}

interface Flight {
  readonly row: Promise<Row | undefined>
}

/**
 * A store with rows in memory before it. What it answers from memory is what the store would answer: a row is used only while
 * `freshness` can vouch that every change has been heard, and a read that a change overtook is not kept (the fill guard).
 * Absence is never kept; the record of an end is a row like others, and so is the memory of it.
 */
export function cached(store: Store, rows: BoundedRows, freshness: Freshness, said: Pick<Announcements, 'message' | 'dropped'>): Cached {
  const watches = new Map<string, Watch>()
  const flights = new Map<string, Flight>()
  let epoch = 0
  let hits = 0
  let misses = 0

  /**
   * Runs something that ends in knowing a row, and keeps the row if nothing newer was heard of meanwhile. What was learnt while nobody
   * vouched for its place is kept in doubt: the place may be another one by the time that somebody vouches again.
   */
  async function watched<Answer>(id: string, work: () => Promise<Answer>, rowIn: (answer: Answer) => Row | undefined): Promise<Answer> {
    const wasFresh = freshness.isFresh(id)
    const begun = epoch
    const watch = watches.get(id) ?? { seen: 0, users: 0 }
    watch.users++
    watches.set(id, watch)
    try {
      const answer = await work()
      const row = rowIn(answer)
      // First, since to find out may be to hear of a change.
      const isFresh = wasFresh && freshness.isFresh(id)
      if (row !== undefined && epoch === begun && row.version >= watch.seen) rows.put(row, isFresh)
      return answer
    } finally {
      if (--watch.users === 0) watches.delete(id)
    }
  }
  function changed(id: string, version: number): void {
    const watch = watches.get(id)
    if (watch !== undefined) watch.seen = Math.max(watch.seen, version)
    // Whoever asks from now on must not be answered by a read that began before.
    flights.delete(id)
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
  async function read(id: string): Promise<Row | undefined> {
    const found = await watched(
      id,
      () => store.get(id),
      (row) => row,
    )
    if (found === undefined) rows.delete(id)
    // The same object as before, if it is the same row: what was opened of it is known by the object.
    const kept = found === undefined ? undefined : rows.get(id)
    return kept !== undefined && found !== undefined && sameRow(kept, found) ? kept : found
  }
  function share(id: string): Promise<Row | undefined> {
    const known = flights.get(id)
    if (known !== undefined) return known.row
    const flight: Flight = { row: read(id) }
    flights.set(id, flight)
    const land = (): void => {
      if (flights.get(id) === flight) flights.delete(id)
    }
    flight.row.then(land, land)
    return flight.row
  }
  async function get(id: string): Promise<Row | undefined> {
    const known = peek(id)
    if (known !== undefined) {
      hits++
      return known
    }
    misses++
    for (let tries = 0, flushes = 0; tries < MAX_TRIES && flushes < MAX_FLUSHES; ) {
      if (!freshness.isFresh(id) && !(await freshness.freshen(id))) break
      const begun = epoch
      const row = await share(id)
      // A place that was replaced without knowing it goes on answering: what it says counts only if the lease held all the while.
      const isFresh = freshness.isFresh(id)
      if (epoch === begun && isFresh) return row
      // Where only other places were flushed, that says nothing of this one.
      if (isFresh) flushes++
      else tries++
    }
    throw unheard()
  }

  const near: NearStore = {
    ...(store.isVolatile === undefined ? {} : { isVolatile: store.isVolatile }),
    ...(store.home === undefined ? {} : { home: store.home }),
    get,
    peek,
    candidate,
    recall: rows.get,
    reread: read,
    async insert(row, unkept) {
      if (unkept === 'unkept') return await store.insert(row)
      return await watched(
        row.id,
        () => store.insert(row),
        (count) => (count > 0 ? row : undefined),
      )
    },
    async replace(row, quiet) {
      const message = quiet === 'quiet' ? undefined : said.message(row.id, row.version)
      try {
        const done = await watched(
          row.id,
          () => store.replace(row, message),
          (isDone) => (isDone ? row : undefined),
        )
        // Ours, or what is in memory, was not the newest.
        if (!done) rows.delete(row.id)
        if (!done) said.dropped(row.id)
        return done
      } catch (error) {
        said.dropped(row.id)
        changed(row.id, row.version)
        throw error
      }
    },
    async remove(id, version) {
      try {
        return await store.remove(id, version, said.message(id, Number.POSITIVE_INFINITY))
      } finally {
        // Whether it was there is not asked again.
        said.dropped(id)
        changed(id, Number.POSITIVE_INFINITY)
      }
    },
    list: (owner) => store.list(owner),
    close: () => store.close(),
  }
  return {
    near: Object.freeze(isScannable(store) ? withScan(near, store) : near),
    changed,
    flush(): void {
      epoch++
      flights.clear()
      rows.doubt()
    },
    counts: () => ({ hits, misses }),
  }
}

const withScan = (near: NearStore, store: ScannableStore): NearStore & ScannableStore => ({ ...near, scan: (range) => store.scan(range) })

const unheard = (): Error => storeUnavailable(new Error('This node cannot tell whether it has heard of every change. It tries to.'))
