import type { Millis } from '../../clock.js'
import { SessionError } from '../../errors.js'
import { type ScanPlace, scanPlace } from '../scan-cursor.js'
import type { Row, ScanPage, ScanRange } from '../store.js'
import { BUCKETS, bucketOf, placeOf } from './buckets.js'
import { countEntries, type Entry, readEntries, type Stretch } from './expiry-index.js'
import type { Parts } from './parts.js'
import { readRows } from './read-rows.js'

/** One call looks into this many buckets at most, so that it ends in time; an empty page then says where to go on. */
const MOST_BUCKETS = 256

/** How many buckets are asked for their counts at once: few where rows are dense, more while nothing is found. */
const FIRST_WIDTH = 8
const WIDER = 4

/** Later than any instant: behind all rows of a bucket. */
const BEHIND_ALL: Millis = 9e15

interface Start {
  /** The number of the first bucket to look into. */
  readonly first: number
  /** The place in it behind which the page begins. */
  readonly place: ScanPlace | undefined
}

interface Find {
  readonly stretch: Stretch
  readonly wanted: number
}

/**
 * A page of the walk bucket by bucket, within each by expiry, then id. A place in the walk is a row's, or `BEHIND_ALL` with
 * the name of a bucket that has been left behind.
 */
export async function walk(parts: Parts, range: ScanRange, until: Millis): Promise<ScanPage> {
  const { finds, isFull, next } = await lookFor(parts, range, startOf(range), until)
  const lists = await Promise.all(finds.map(({ stretch, wanted }) => readEntries(parts, stretch, wanted, until)))
  const rows = (await Promise.all(finds.map(({ stretch }, place) => rowsOf(parts, stretch, lists[place] ?? [], until)))).flat()
  // The last bucket may hold more than the page had room for.
  const last = isFull ? lists.at(-1)?.at(-1) : undefined
  if (last !== undefined) return { rows, next: `${last.expiresAt}.${last.id}` }
  const left = BUCKETS[next - 1]
  return next >= BUCKETS.length || left === undefined ? { rows } : { rows, next: `${BEHIND_ALL}.${left}` }
}

function startOf(range: ScanRange): Start {
  const place = scanPlace(range)
  if (place === undefined) return { first: 0, place }
  const first = placeOf(bucketOf(place.id) ?? '')
  if (first === undefined) {
    const message = 'This is not a place in a walk. Pass the `next` of the page before, unchanged.'
    throw new SessionError('INVALID_ARGUMENT', message, { path: 'after' })
  }
  return place.expiresAt >= BEHIND_ALL ? { first: first + 1, place: undefined } : { first, place }
}

/** The next buckets in which there is something, until there is enough for the page, and the number of the bucket after them. */
async function lookFor(
  parts: Parts,
  range: ScanRange,
  { first, place }: Start,
  until: Millis,
): Promise<{ readonly finds: readonly Find[]; readonly isFull: boolean; readonly next: number }> {
  const finds: Find[] = []
  const end = Math.min(first + MOST_BUCKETS, BUCKETS.length)
  let room = range.limit
  let next = first
  for (let width = FIRST_WIDTH; room > 0 && next < end; width *= WIDER) {
    const group = BUCKETS.slice(next, Math.min(next + width, end))
    const stretches = group.map((bucket): Stretch => ({ bucket, range, place: bucket === BUCKETS[first] ? place : undefined }))
    const counts = await Promise.all(stretches.map((stretch) => countEntries(parts, stretch, until)))
    for (const [index, stretch] of stretches.entries()) {
      const wanted = Math.min(counts[index] ?? 0, room)
      if (wanted > 0) finds.push({ stretch, wanted })
      room -= wanted
      next++
      if (room === 0) break
    }
  }
  return { finds, isFull: room === 0, next }
}

async function rowsOf(parts: Parts, { bucket, range }: Stretch, entries: readonly Entry[], until: Millis): Promise<Row[]> {
  const found = { bucket, index: parts.keys.expiry(bucket), ids: entries.map(({ id }) => id) }
  const rows = await readRows(parts, found, until)
  return rows.filter((row, place): row is Row => {
    // One that has moved on since the index was read is met again where it is now.
    return row !== undefined && row.expiresAt >= range.from && row.expiresAt <= (entries[place]?.expiresAt ?? Number.NEGATIVE_INFINITY)
  })
}
