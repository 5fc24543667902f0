import { RING_ROW_ID } from '../keyring/ring-home.js'
import type { Row, ScannableStore } from '../store/store.js'
import { checkRing } from './check-ring.js'
import { type HandedOver, handOver } from './hand-over.js'
import { pagesOf } from './pages.js'
import { rowsChecksum } from './rows-checksum.js'

export interface MoveProgress {
  /** Rows that this call has moved so far. */
  readonly moved: number
  /** Rows that are still in the old store, if they were counted. */
  readonly left?: number
}

export interface MoveOptions {
  readonly onProgress?: (so: MoveProgress) => void
  /** Most rows that this call moves: for moving in portions. @default all */
  readonly limit?: number
  /** Whether to count the rows first, so that progress can tell how many are left; costs a walk. @default false */
  readonly count?: boolean
}

export interface Moved {
  /** Rows that this call took out of the old store. What other nodes moved meanwhile is not among them. */
  readonly moved: number
  /** Those of them that were read back from the new store, and were the same. */
  readonly verified: number
  /** Those of which the new store had a newer version, which stays. `moved` is the sum of both. */
  readonly superseded: number
  /** Sum over the verified rows as they were taken out of the old store. */
  readonly checksum: string
  /** The same sum over them as they were read back from the new store: equal, or something is very wrong. */
  readonly readBack: string
  /** Whether the old store was found empty. */
  readonly isDone: boolean
}

/** Rows on the way at once. */
const WIDTH = 16

async function countRows(store: ScannableStore): Promise<number> {
  let count = 0
  for await (const rows of pagesOf(store)) count += rows.length
  return count
}

function tally(total: number | undefined, onProgress: ((so: MoveProgress) => void) | undefined) {
  const taken = rowsChecksum()
  const readBack = rowsChecksum()
  let moved = 0
  let verified = 0
  return {
    moved: () => moved,
    add(handed: HandedOver | undefined): void {
      if (handed === undefined) return
      moved++
      if (handed.readBack === undefined) return
      verified++
      taken.add(handed.row)
      readBack.add(handed.readBack)
    },
    tell: () => onProgress?.({ moved, ...(total === undefined ? {} : { left: Math.max(0, total - moved) }) }),
    result: (isDone: boolean): Moved => ({
      moved,
      verified,
      superseded: moved - verified,
      checksum: taken.text(),
      readBack: readBack.text(),
      isDone,
    }),
  }
}

/**
 * Moves every row from one store to another while the service runs on `movingStore(from, to)`; each row is read back before
 * it leaves the old store. The key ring goes first, so that what follows can be opened. It may be interrupted anywhere and
 * called again, and by several at once: what was moved is gone from the old store, what was not is still there.
 *
 * Throws `STORE_UNAVAILABLE` if a store does not answer or does not give back what it was given, and `CONFLICT` if the new
 * store belongs to another installation; nothing is lost then either.
 */
export async function moveRows(from: ScannableStore, to: ScannableStore, options: MoveOptions = {}): Promise<Moved> {
  const { onProgress, limit = Number.POSITIVE_INFINITY } = options
  await checkRing(to, await from.get(RING_ROW_ID))
  const so = tally(options.count === true ? await countRows(from) : undefined, onProgress)
  if (limit > 0) so.add(await handOver(from, to, RING_ROW_ID))
  // Rows that move past the walk's place are met by the next one; the old store is empty when a whole walk meets nothing.
  for (let met = 1; met > 0; ) {
    met = 0
    for await (const rows of pagesOf(from)) {
      met += rows.length
      for (let first = 0; first < rows.length; first += WIDTH) {
        const room = limit - so.moved()
        if (room <= 0) return so.result(false)
        const group: readonly Row[] = rows.slice(first, first + Math.min(WIDTH, room))
        for (const handed of await Promise.all(group.map(({ id }) => handOver(from, to, id)))) so.add(handed)
        so.tell()
        if (group.length < WIDTH && first + group.length < rows.length) return so.result(false)
      }
    }
  }
  return so.result(true)
}
