import type { Row } from '../store/store.js'
import { byRowId } from './by-row-id.js'
import { sameRow } from './same-row.js'

/** Rows in memory, as many as there is room for. */
export interface BoundedRows {
  /** The row as it was put last. */
  get(id: string): Row | undefined
  /** The same, unless it was doubted since. */
  current(id: string): Row | undefined
  /** The same where there is such a row, else perhaps another one: the ids are not compared. */
  candidate(id: string): Row | undefined
  /**
   * Keeps a row, unless a newer one is there that is not doubted, and answers the one that is there now: the same object as before, if it
   * says the same. Others may have to go for it. Without `isCurrent` it is in doubt from the start.
   */
  put(row: Row, isCurrent: boolean): Row
  delete(id: string): void
  /** Whatever is here may be out of date: it is current again once it was put again. */
  doubt(): void
  /** How many rows there are, and about how many bytes they take. */
  size(): { readonly rows: number; readonly bytes: number }
}

export interface Bounds {
  readonly maxRows: number
  readonly maxBytes: number
}

interface Entry {
  row: Row
  bytes: number
  /** Uses since it was last considered for eviction, at most `MOST_USES`. */
  uses: number
  isMain: boolean
  /** How often everything had been doubted when it was put. */
  doubts: number
  older: Entry | undefined
  newer: Entry | undefined
}

const MOST_USES = 3
/** The doubts of what was in doubt from the start. */
const ALWAYS = -1
/** Newcomers have a tenth of the room: what is asked for once, as by a scan, pushes out nothing that is asked for often. */
const PROBATION = 0.1
/** Of those that left in their time of probation the ids are remembered, as many as this part of the room. */
const REMEMBERED = 0.5
/** The row object, its place in the lists and maps, and the opened record beside the sealed bytes. */
const OVERHEAD_BYTES = 600
const OPENED_FACTOR = 3

const costOf = (row: Row): number => OVERHEAD_BYTES + OPENED_FACTOR * row.data.byteLength

/** Notes a use of it. */
function used(entry: Entry | undefined): Row | undefined {
  if (entry === undefined) return undefined
  if (entry.uses < MOST_USES) entry.uses++
  return entry.row
}

/** A first-in-first-out list. */
function queue() {
  let oldest: Entry | undefined
  let newest: Entry | undefined
  let length = 0
  return {
    length: () => length,
    oldest: () => oldest,
    add(entry: Entry): void {
      entry.older = newest
      entry.newer = undefined
      if (newest === undefined) oldest = entry
      else newest.newer = entry
      newest = entry
      length++
    },
    take(entry: Entry): void {
      if (entry.older === undefined) oldest = entry.newer
      else entry.older.newer = entry.newer
      if (entry.newer === undefined) newest = entry.older
      else entry.newer.older = entry.older
      length--
    },
  }
}

/** The ids that left last. */
function memoryOf(most: number) {
  let young = new Set<string>()
  let old = new Set<string>()
  return {
    add(id: string): void {
      young.add(id)
      if (young.size * 2 < most) return
      old = young
      young = new Set()
    },
    take: (id: string): boolean => young.delete(id) || old.delete(id),
  }
}

/**
 * Two queues: newcomers stand in a short one, and get into the long one if they are asked for again before their turn to leave comes, or soon
 * after (Yang and others, "FIFO queues are all you need for cache eviction", SOSP 2023). A hit writes one small number.
 */
export function boundedRows({ maxRows, maxBytes }: Bounds): BoundedRows {
  const entries = byRowId<Entry>()
  const probation = queue()
  const main = queue()
  const left = memoryOf(Math.ceil(maxRows * REMEMBERED))
  let rows = 0
  let bytes = 0
  let doubts = 0

  const undoubted = (entry: Entry | undefined): Row | undefined => (entry?.doubts === doubts ? used(entry) : undefined)
  const drop = (entry: Entry): void => {
    entries.delete(entry)
    ;(entry.isMain ? main : probation).take(entry)
    rows--
    bytes -= entry.bytes
  }
  /** Lets one row go, or moves one that has earned its place. */
  const evict = (): void => {
    const candidate = (probation.length() > maxRows * PROBATION ? probation.oldest() : undefined) ?? main.oldest() ?? probation.oldest()
    if (candidate === undefined) return
    if (candidate.uses === 0) {
      if (!candidate.isMain) left.add(candidate.row.id)
      drop(candidate)
      return
    }
    ;(candidate.isMain ? main : probation).take(candidate)
    candidate.uses = candidate.isMain ? candidate.uses - 1 : 0
    candidate.isMain = true
    main.add(candidate)
  }

  return Object.freeze({
    get: (id: string): Row | undefined => used(entries.get(id)),
    current: (id: string): Row | undefined => undoubted(entries.get(id)),
    candidate: (id: string): Row | undefined => undoubted(entries.candidate(id)),
    put(row: Row, isCurrent: boolean): Row {
      const known = entries.get(row.id)
      const since = isCurrent ? doubts : ALWAYS
      if (known !== undefined) {
        const isDoubted = known.doubts !== doubts
        if (!isDoubted && known.row.version >= row.version) return known.row
        known.doubts = since
        if (isDoubted && sameRow(known.row, row)) return known.row
        bytes -= known.bytes
        known.row = row
        known.bytes = costOf(row)
        bytes += known.bytes
      } else {
        const isMain = left.take(row.id)
        const entry: Entry = { row, bytes: costOf(row), uses: 0, isMain, doubts: since, older: undefined, newer: undefined }
        entries.add(entry)
        ;(isMain ? main : probation).add(entry)
        rows++
        bytes += entry.bytes
      }
      while (rows > 1 && (rows > maxRows || bytes > maxBytes)) evict()
      return row
    },
    delete(id: string): void {
      const entry = entries.get(id)
      if (entry !== undefined) drop(entry)
    },
    doubt(): void {
      doubts++
    },
    size: () => ({ rows, bytes }),
  })
}
