import type { Millis } from '../../clock.js'
import { CHECK_LENGTH, checkedValue, contentOf } from './checked-value.js'

/** The ids of an owner's rows, in the order in which they came. Ids have no spaces in them. */
export interface OwnerIndex {
  readonly ids: readonly string[]
  /** No earlier than the expiry of any row in it. */
  readonly until: Millis
}

const FORMAT = 2
const IDS_AT = 8

/** The bytes that an index takes. */
export const indexSize = ({ ids }: OwnerIndex): number => CHECK_LENGTH + IDS_AT + ids.reduce((sum, id) => sum + id.length + 1, 0)

export function encodeIndex(key: string, index: OwnerIndex): Buffer {
  const until = Buffer.allocUnsafe(IDS_AT)
  until.writeDoubleBE(index.until, 0)
  return checkedValue(FORMAT, key, Buffer.concat([until, Buffer.from(index.ids.join(' '), 'latin1')]))
}

/** Throws for bytes that are not an index. */
export function decodeIndex(key: string, value: Buffer): OwnerIndex {
  const content = contentOf(FORMAT, key, value)
  return { ids: content.toString('latin1', IDS_AT).split(' '), until: content.readDoubleBE(0) }
}
