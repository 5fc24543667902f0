import type { Row } from '../store.js'
import { PostgresFault } from './fault.js'

const BOOL = 16
const BYTEA = 17
const INT8 = 20
const INT4 = 23

/** How the server's text becomes values, whatever the caller has set for his pool. https://github.com/brianc/node-pg-types */
export const TYPES: { getTypeParser(type: number): (text: string) => unknown } = Object.freeze({
  getTypeParser(type: number): (text: string) => unknown {
    if (type === INT8 || type === INT4) return exactNumber
    if (type === BYTEA) return bytesOf
    if (type === BOOL) return isTrue
    return asText
  },
})

const asText = (text: string): string => text

const isTrue = (text: string): boolean => text === 't'

function exactNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new PostgresFault('INEXACT', 'a number in the table is larger than any that Sojourn writes')
  return number
}

/** The bytes of `\x00ff`, in memory of their own: a Buffer from the shared slab would keep all of it alive in a cache. */
function bytesOf(text: string): Uint8Array {
  if (!text.startsWith('\\x')) throw new PostgresFault('BYTEA', 'the server writes bytes in the old format: set bytea_output to hex')
  const bytes = Buffer.allocUnsafeSlow((text.length - 2) / 2)
  bytes.write(text.slice(2), 'hex')
  return bytes
}

/** The columns in the order in which `toRow` reads them. */
export const COLUMNS = 'id, owner, version, created_at, expires_at, data'

/** The columns are not null, but for the owner, and have these types. */
export function toRow([id, owner, version, createdAt, expiresAt, data]: readonly unknown[]): Row {
  return { id, owner, version, createdAt, expiresAt, data } as Row
}
