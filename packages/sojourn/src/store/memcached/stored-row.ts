import type { Millis } from '../../clock.js'
import type { Row } from '../store.js'
import { CHECK_LENGTH, checkedValue, contentOf } from './checked-value.js'

/** A row as it lies in memcached. */
export interface StoredRow extends Row {
  /** When it was inserted, by the clock of the process that did. */
  readonly insertedAt: Millis
}

const FORMAT = 1

// version, createdAt, expiresAt, insertedAt as doubles, which are exact up to 2^53; the length of the owner; owner; data.
const OWNER_AT = 33
const NO_OWNER = 0xff

/** The bytes that a row takes, without its data. */
export const rowOverhead = (row: Row): number => CHECK_LENGTH + OWNER_AT + (row.owner?.length ?? 0)

export function encodeRow(key: string, row: Row, insertedAt: Millis): Buffer {
  const owner = Buffer.from(row.owner ?? '', 'latin1')
  const content = Buffer.allocUnsafe(OWNER_AT + owner.length + row.data.length)
  content.writeDoubleBE(row.version, 0)
  content.writeDoubleBE(row.createdAt, 8)
  content.writeDoubleBE(row.expiresAt, 16)
  content.writeDoubleBE(insertedAt, 24)
  content.writeUInt8(row.owner === null ? NO_OWNER : owner.length, 32)
  content.set(owner, OWNER_AT)
  content.set(row.data, OWNER_AT + owner.length)
  return checkedValue(FORMAT, key, content)
}

/** Throws for bytes that are not a row. */
export function decodeRow(key: string, id: string, value: Buffer): StoredRow {
  const content = contentOf(FORMAT, key, value)
  const mark = content.readUInt8(32)
  const dataAt = OWNER_AT + (mark === NO_OWNER ? 0 : mark)
  return {
    id,
    owner: mark === NO_OWNER ? null : content.toString('latin1', OWNER_AT, dataAt),
    version: content.readDoubleBE(0),
    createdAt: content.readDoubleBE(8),
    expiresAt: content.readDoubleBE(16),
    insertedAt: content.readDoubleBE(24),
    data: new Uint8Array(content.subarray(dataAt)),
  }
}

/** What a caller of the store gets. */
export function plainRow({ id, owner, version, createdAt, expiresAt, data }: StoredRow): Row {
  return { id, owner, version, createdAt, expiresAt, data }
}
