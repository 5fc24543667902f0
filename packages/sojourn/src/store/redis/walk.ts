import type { Millis } from '../../clock.js'
import { SessionError } from '../../errors.js'
import { type ScanPlace, scanPlace } from '../scan-cursor.js'
import type { Row, ScanPage, ScanRange } from '../store.js'
import type { Asking } from './asking.js'
import { BUCKETS, bucketOf, placeOf } from './buckets.js'
import type { Keys } from './keys.js'
import { countOf, listOf, textOf } from './reply.js'
import type { RowReader } from './row-reader.js'

/** One call looks into this many buckets at most, so that it ends in time; an empty page then says where to go on. */
const MOST_BUCKETS = 256

/** How many buckets are asked for their counts at once: few where rows are dense, more while nothing is found. */
const FIRST_WIDTH = 8
const WIDER = 4

/** Later than any instant: behind all rows of a bucket. */
const BEHIND_ALL = 9e15

/** An entry of an expiry index. */
interface Entry {
  readonly id: string
  readonly expiresAt: Millis
}

/** A bucket in which there is something for this page. */
interface Find {
  readonly bucket: string
  readonly wanted: number
  readonly place: ScanPlace | undefined
}

/**
 * Walks bucket by bucket, within each by expiry, then id. A place in the walk is a row's, or `BEHIND_ALL` with the name of
 * a bucket that has been left behind.
 */
export function walk(asking: Asking, keys: Keys, reader: RowReader): (range: ScanRange, until: Millis) => Promise<ScanPage> {
  const counts = (range: ScanRange, group: readonly string[], place: ScanPlace | undefined, until: Millis): Promise<number[]> =>
    Promise.all(
      group.map(async (bucket, index) => {
        const key = keys.expiry(bucket)
        const from = index === 0 && place !== undefined ? Math.max(place.expiresAt, range.from) : range.from
        return countOf((await asking.command(['ZCOUNT', key, `${from}`, `(${range.to}`], key, until)).reply)
      }),
    )

  /** Entries behind `place`, at most `wanted`. Those of its instant are told from it by their names, in whatever number they are. */
  async function entries({ bucket, wanted, place }: Find, range: ScanRange, until: Millis): Promise<readonly Entry[]> {
    const key = keys.expiry(bucket)
    const from = place === undefined ? range.from : Math.max(place.expiresAt, range.from)
    for (let ask = wanted + (place === undefined ? 0 : 1); ; ask *= 2) {
      const command = ['ZRANGEBYSCORE', key, `${from}`, `(${range.to}`, 'WITHSCORES', 'LIMIT', '0', `${ask}`]
      const found = readEntries((await asking.command(command, key, until)).reply)
      const behind = place === undefined ? found : found.filter((entry) => isBehind(entry, place))
      if (behind.length >= wanted || found.length < ask) return behind.slice(0, wanted)
    }
  }

  async function rowsOf(bucket: string, found: readonly Entry[], range: ScanRange, until: Millis): Promise<Row[]> {
    const rows = await reader.read(
      bucket,
      found.map(({ id }) => id),
      keys.expiry(bucket),
      until,
    )
    return rows.filter((row, index): row is Row => {
      const entry = found[index]
      // One that has moved on since the index was read is met again where it is now.
      return row !== undefined && entry !== undefined && row.expiresAt >= range.from && row.expiresAt <= entry.expiresAt
    })
  }

  return async (range, until) => {
    const { start, place } = startOf(range)
    const finds: Find[] = []
    let found = 0
    let next = start
    for (let width = FIRST_WIDTH; found < range.limit && next < BUCKETS.length && next - start < MOST_BUCKETS; width *= WIDER) {
      const group = BUCKETS.slice(next, Math.min(next + width, start + MOST_BUCKETS))
      const inPlace = next === start ? place : undefined
      const amounts = await counts(range, group, inPlace, until)
      for (const [index, bucket] of group.entries()) {
        const wanted = Math.min(amounts[index] ?? 0, range.limit - found)
        if (wanted > 0) finds.push({ bucket, wanted, place: index === 0 ? inPlace : undefined })
        found += wanted
        next++
        if (found >= range.limit) break
      }
    }
    const lists = await Promise.all(finds.map((find) => entries(find, range, until)))
    const pages = await Promise.all(finds.map(({ bucket }, index) => rowsOf(bucket, lists[index] ?? [], range, until)))
    const rows = pages.flat()
    // The last bucket may hold more than the page had room for.
    const last = found >= range.limit ? lists.at(-1)?.at(-1) : undefined
    if (last !== undefined) return { rows, next: `${last.expiresAt}.${last.id}` }
    const left = BUCKETS[next - 1]
    return next >= BUCKETS.length || left === undefined ? { rows } : { rows, next: `${BEHIND_ALL}.${left}` }
  }
}

/** The number of the first bucket to look into, and the place in it behind which the page begins. */
function startOf(range: ScanRange): { readonly start: number; readonly place: ScanPlace | undefined } {
  const place = scanPlace(range)
  if (place === undefined) return { start: 0, place }
  const start = placeOf(bucketOf(place.id) ?? '')
  if (start === undefined) throw notAPlace()
  return place.expiresAt >= BEHIND_ALL ? { start: start + 1, place: undefined } : { start, place }
}

const isBehind = (entry: Entry, place: ScanPlace): boolean =>
  entry.expiresAt > place.expiresAt || (entry.expiresAt === place.expiresAt && entry.id > place.id)

/** Members and scores in turn, or pairs of them, as RESP 2 and RESP 3 have it. */
function readEntries(reply: unknown): readonly Entry[] {
  const flat = listOf(reply).flat()
  const found: Entry[] = []
  for (let place = 0; place + 1 < flat.length; place += 2)
    found.push({ id: textOf(flat[place]), expiresAt: Number(textOf(flat[place + 1])) })
  return found
}

const notAPlace = (): SessionError =>
  new SessionError('INVALID_ARGUMENT', 'This is not a place in a walk. Pass the `next` of the page before, unchanged.', { path: 'after' })
