import type { Millis } from '../clock.js'
import type { Random } from '../crypto/random.js'

// The id of a session that was made while the store was away is one that no other session can have: 128 bits fill 22
// characters but for the last four bits, which are 0 in an ordinary id and 1 in a provisional one. Its last three bytes
// are the minute of its creation, so that every node can tell for how long it may be known to its own node alone.

const RANDOM_BYTES = 13
const MINUTE: Millis = 60_000
/** Minutes are counted in three bytes from here on: until 2056. */
const EPOCH: Millis = Date.UTC(2025, 0, 1)
const ORDINARY = 'AQgw'
const PROVISIONAL = 'BRhx'
const BUCKET_LENGTH = 2
const ID_LENGTH = 24

/** How long a session may live at most that only one node knows. */
export const LONGEST_PROVISIONAL: Millis = 15 * MINUTE
/** Added for the minute that is not counted, for clocks that differ, and for the way into the store. */
const SLACK: Millis = 2 * MINUTE

/** A row id in this bucket for a session that is made now, without the store. */
export function drawProvisionalId(bucket: string, now: Millis, random: Random): string {
  const bytes = Buffer.alloc(RANDOM_BYTES + 3)
  bytes.set(random.bytes(RANDOM_BYTES))
  bytes.writeUIntBE(Math.floor((now - EPOCH) / MINUTE) & 0xff_ffff, RANDOM_BYTES, 3)
  const text = bytes.toString('base64url')
  return bucket + text.slice(0, -1) + PROVISIONAL.charAt(ORDINARY.indexOf(text.slice(-1)))
}

/** Whether this is the id of a session that may be known to one node alone at this instant. */
export function mayBeElsewhere(rowId: string, now: Millis): boolean {
  const mark = PROVISIONAL.indexOf(rowId.slice(-1))
  if (rowId.length !== ID_LENGTH || mark < 0) return false
  const bytes = Buffer.from(rowId.slice(BUCKET_LENGTH, -1) + ORDINARY.charAt(mark), 'base64url')
  const made = EPOCH + bytes.readUIntBE(RANDOM_BYTES, 3) * MINUTE
  return now >= made - SLACK && now < made + LONGEST_PROVISIONAL + SLACK
}
