import type { Millis } from '../clock.js'
import type { Row } from '../store/store.js'

/** What no record looks like: those begin with a byte below 0x20. */
const MARK = Buffer.from('sojourn: a row was taken out here while it was being moved')

/**
 * How long a fence stands. It has to outlive every request of a node that read the old store before the row was taken out
 * and has yet to write its copy into the new one; a node that is stopped for longer has lost its connections.
 */
const STANDS: Millis = 600_000

/**
 * What stands in the place of a row that was taken out while rows are being moved. A copy that comes late, from a node that
 * was halted in the middle of moving the row, finds its id taken; in an empty place it would bring the row back.
 */
export function fenceFor(row: Row, now: Millis): Row {
  return { id: row.id, owner: null, version: row.version + 1, createdAt: row.createdAt, expiresAt: now + STANDS, data: MARK }
}

/** Whether a row is a fence; for everybody but the movers there is nothing there. */
export function isFence(row: Row): boolean {
  return row.owner === null && Buffer.compare(row.data, MARK) === 0
}
