import { SessionError } from '../errors.js'
import { isReplicated, type Row, type Store } from '../store/store.js'
import { place } from './place.js'
import { sameRow } from './same-row.js'

/** A row that this call took out of the old store. */
export interface HandedOver {
  readonly row: Row
  /** As the new store gives it back; undefined if a newer version stands there. */
  readonly readBack: Row | undefined
}

/** Others that move or change the same row at the same moment; beyond this one of the stores does not keep what it is given. */
const MAX_TRIES = 32

/**
 * Brings one row over. Resolves when it has left the old store, whoever moved it: with the row if it was this call, else
 * with undefined.
 *
 * The copy stands in the new store before the row leaves the old one, so a crash in between loses nothing: both have it,
 * the old store's counts, and the next one who looks goes on. The removal names the version that was copied and is handed
 * to one caller, so what changes meanwhile is copied again. A copy can be written late, after all this is over: then it
 * finds its id taken, by the row, by its end, or by a fence.
 */
export async function handOver(from: Store, to: Store, id: string): Promise<HandedOver | undefined> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const row = await from.get(id)
    if (row === undefined) return undefined
    const placing = await place(to, row)
    if (placing === 'raced') continue
    const there = await to.get(id)
    const isTheCopy = there !== undefined && sameRow(there, row)
    // Not what was put there a moment ago: somebody has moved the row on, or the store does not keep what it is given.
    if (placing !== 'superseded' && !isTheCopy) continue
    // Whether or not the copies were all there in time: the caller's own writes are no safer.
    if (isReplicated(to)) await to.settle(id)
    if ((await from.remove(id, row.version)) !== undefined) return { row, readBack: isTheCopy ? there : undefined }
  }
  throw new SessionError(
    'STORE_UNAVAILABLE',
    'A row could not be moved: it keeps changing, or the new store does not give back what it is given.',
    {
      retryAfter: 1,
    },
  )
}
