import { SessionError } from '../errors.js'
import { RING_ROW_ID } from '../keyring/ring-home.js'
import type { Row, ScannableStore } from '../store/store.js'
import { checkRing } from './check-ring.js'
import { pagesOf } from './pages.js'
import { place } from './place.js'
import { rowsChecksum } from './rows-checksum.js'
import { sameRow } from './same-row.js'

export interface CopyOptions {
  readonly onProgress?: (so: { readonly copied: number }) => void
}

export interface Copied {
  /** Rows of the old store. */
  readonly copied: number
  /** Those of them that were read back from the new store, and were the same. */
  readonly verified: number
  /** Those of which the new store had a newer version, which stays. */
  readonly superseded: number
  /** Sum over the verified rows as they are in the old store. */
  readonly checksum: string
  /** The same sum over them as they were read back. */
  readonly readBack: string
}

const WIDTH = 16
/** Nobody else writes during a cold copy. */
const MAX_TRIES = 3

/** The row as the new store gives it back; undefined if a newer version stays there. */
async function copyOne(to: ScannableStore, row: Row): Promise<Row | undefined> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const placing = await place(to, row)
    if (placing === 'superseded') return undefined
    const there = await to.get(row.id)
    if (placing !== 'raced' && there !== undefined && sameRow(there, row)) return there
  }
  throw new SessionError(
    'STORE_UNAVAILABLE',
    'The new store does not give back what it is given, or somebody else writes to it. Stop the service, then copy again.',
    { retryAfter: 1 },
  )
}

/** What was ended after an earlier copy is gone from the old store; in the new one it would live on. */
async function refuseStrangers(from: ScannableStore, to: ScannableStore): Promise<void> {
  for await (const rows of pagesOf(to)) {
    for (const { id } of rows) {
      if ((await from.get(id)) !== undefined) continue
      throw new SessionError(
        'CONFLICT',
        'The new store holds rows that the old one does not have, perhaps of an earlier copy: sessions that have ended since would live again. Empty it first.',
      )
    }
  }
}

/**
 * Copies every row of a store into another one while no service runs on either. The old store stays as it is. Each row is
 * read back. It may be interrupted and called again. Throws `CONFLICT`, before anything is written, if the new store holds
 * rows that the old one does not have.
 */
export async function copyRows(from: ScannableStore, to: ScannableStore, options: CopyOptions = {}): Promise<Copied> {
  const ring = await from.get(RING_ROW_ID)
  await checkRing(to, ring)
  await refuseStrangers(from, to)
  const taken = rowsChecksum()
  const readBack = rowsChecksum()
  let copied = 0
  let verified = 0
  const copy = async (row: Row): Promise<void> => {
    const there = await copyOne(to, row)
    copied++
    if (there === undefined) return
    verified++
    taken.add(row)
    readBack.add(there)
  }
  if (ring !== undefined) await copy(ring)
  for await (const page of pagesOf(from)) {
    const rows = page.filter(({ id }) => id !== RING_ROW_ID)
    for (let first = 0; first < rows.length; first += WIDTH) {
      await Promise.all(rows.slice(first, first + WIDTH).map(copy))
      options.onProgress?.({ copied })
    }
  }
  return { copied, verified, superseded: copied - verified, checksum: taken.text(), readBack: readBack.text() }
}
