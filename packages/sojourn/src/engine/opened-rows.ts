import type { Row } from '../store/store.js'
import type { StoredRecord } from './record.js'

/** Records already opened, by their row: a store that hands out the same row again spares the unsealing and the reading. */
export interface OpenedRows {
  get(row: Row): StoredRecord | undefined
  set(row: Row, record: StoredRecord): void
}

/**
 * An opened record is twenty small objects, 2 KiB: more than all else that is in memory of a session, and asked for seldom where it is
 * found good by what was found before. So only those that were asked for last stay open, twice this many at most.
 */
const MOST_YOUNG = 8_192

/** Two generations: what was not asked for while a whole one was filled goes. */
export function openedRows(): OpenedRows {
  let young = new WeakMap<Row, StoredRecord>()
  let old = new WeakMap<Row, StoredRecord>()
  let count = 0

  function set(row: Row, record: StoredRecord): void {
    if (count >= MOST_YOUNG) {
      old = young
      young = new WeakMap()
      count = 0
    }
    young.set(row, record)
    count++
  }
  return Object.freeze({
    get(row: Row): StoredRecord | undefined {
      const known = young.get(row)
      if (known !== undefined) return known
      const older = old.get(row)
      if (older !== undefined) set(row, older)
      return older
    },
    set,
  })
}
