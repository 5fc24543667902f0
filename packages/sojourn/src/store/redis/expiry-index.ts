import type { Millis } from '../../clock.js'
import type { ScanPlace } from '../scan-cursor.js'
import type { ScanRange } from '../store.js'
import type { Parts } from './parts.js'
import { countOf, listOf, textOf } from './reply.js'

/** A row as the index of its bucket has it. */
export interface Entry {
  readonly id: string
  readonly expiresAt: Millis
}

/** The part of a bucket that belongs to a walk: what expires in the range, and lies behind `place` if there is one. */
export interface Stretch {
  readonly bucket: string
  readonly range: ScanRange
  readonly place: ScanPlace | undefined
}

const boundsOf = ({ range, place }: Stretch): readonly [string, string] => {
  const from = place === undefined ? range.from : Math.max(place.expiresAt, range.from)
  return [`${from}`, `(${range.to}`]
}

/** How many entries there are at most: those of the same instant as `place` count, whether before or behind it. */
export async function countEntries({ asking, keys }: Parts, stretch: Stretch, until: Millis): Promise<number> {
  const key = keys.expiry(stretch.bucket)
  return countOf((await asking.command(['ZCOUNT', key, ...boundsOf(stretch)], key, until)).reply)
}

/** The first `wanted` entries. Those of the instant of `place` are told from it by their names, in whatever number they are. */
export async function readEntries({ asking, keys }: Parts, stretch: Stretch, wanted: number, until: Millis): Promise<readonly Entry[]> {
  const { bucket, place } = stretch
  const key = keys.expiry(bucket)
  for (let asked = wanted + (place === undefined ? 0 : 1); ; asked *= 2) {
    const command = ['ZRANGEBYSCORE', key, ...boundsOf(stretch), 'WITHSCORES', 'LIMIT', '0', `${asked}`]
    const found = entriesIn((await asking.command(command, key, until)).reply)
    const behind = place === undefined ? found : found.filter((entry) => isBehind(entry, place))
    if (behind.length >= wanted || found.length < asked) return behind.slice(0, wanted)
  }
}

const isBehind = (entry: Entry, place: ScanPlace): boolean =>
  entry.expiresAt > place.expiresAt || (entry.expiresAt === place.expiresAt && entry.id > place.id)

/** Members and scores in turn, or pairs of them, as RESP 2 and RESP 3 have it. */
function entriesIn(reply: unknown): readonly Entry[] {
  const flat = listOf(reply).flat()
  return Array.from({ length: Math.floor(flat.length / 2) }, (_, place) => ({
    id: textOf(flat[place * 2]),
    expiresAt: Number(textOf(flat[place * 2 + 1])),
  }))
}
