import { storeUnavailable } from '../errors.js'
import type { Row, Store } from '../store/store.js'
import type { BoundedRows } from './bounded-rows.js'
import type { FillGuard } from './fill-guard.js'
import type { Freshness } from './freshness.js'
import { sameRow } from './same-row.js'
import { type SingleFlight, singleFlight } from './single-flight.js'

/** Reads of the store, for what is not in memory. */
export interface SharedReads extends Pick<SingleFlight<Row | undefined>, 'forget' | 'forgetAll'> {
  /** The row, if somebody vouches for its place all the while; throws `STORE_UNAVAILABLE` if nobody does. Those who ask at once share one read. */
  get(id: string): Promise<Row | undefined>
  /** The row as the store has it, whoever vouches for it. */
  reread(id: string): Promise<Row | undefined>
}

export interface SharedReadsOptions {
  readonly store: Store
  readonly rows: BoundedRows
  readonly freshness: Freshness
  readonly guard: FillGuard
}

/** A read that an outage overtook is tried once more; then the caller is told. */
const MAX_TRIES = 2
/** Places of the store that begin to be heard, or were lost, while one read is under way: more than any cluster has at once. */
const MAX_FLUSHES = 64

export function sharedReads({ store, rows, freshness, guard }: SharedReadsOptions): SharedReads {
  async function reread(id: string): Promise<Row | undefined> {
    const found = await guard.run(
      id,
      () => store.get(id),
      (row) => row,
    )
    if (found === undefined) rows.delete(id)
    // The same object as before, if it is the same row: what was opened of it is known by the object.
    const kept = found === undefined ? undefined : rows.get(id)
    return kept !== undefined && found !== undefined && sameRow(kept, found) ? kept : found
  }
  const flights = singleFlight(reread)

  async function get(id: string): Promise<Row | undefined> {
    for (let tries = 0, flushes = 0; tries < MAX_TRIES && flushes < MAX_FLUSHES; ) {
      if (!freshness.isFresh(id) && !(await freshness.freshen(id))) break
      const begun = guard.epoch()
      const row = await flights.ask(id)
      // A place that was replaced without knowing it goes on answering: what it says counts only if the lease held all the while.
      const isFresh = freshness.isFresh(id)
      if (guard.epoch() === begun && isFresh) return row
      // Where only other places were flushed, that says nothing of this one.
      if (isFresh) flushes++
      else tries++
    }
    throw unheard()
  }
  return Object.freeze({ get, reread, forget: flights.forget, forgetAll: flights.forgetAll })
}

const unheard = (): Error => storeUnavailable(new Error('This node cannot tell whether it has heard of every change. It tries to.'))
