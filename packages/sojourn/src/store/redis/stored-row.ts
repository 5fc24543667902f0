import type { Row } from '../store.js'

/**
 * A row is one string: `version createdAt expiresAt owner data`, the first four in ASCII with one space behind each, the
 * owner empty for none. Scripts read the head with one pattern and never look at the data.
 */
export function encodeRow({ version, createdAt, expiresAt, owner, data }: Omit<Row, 'id'>): Buffer {
  const head = `${version} ${createdAt} ${expiresAt} ${owner ?? ''} `
  const stored = Buffer.allocUnsafe(head.length + data.length)
  stored.write(head, 'latin1')
  stored.set(data, head.length)
  return stored
}

const SPACE = 0x20
const ZERO = 0x30

/** Where the next space stands, or -1. A loop over a few bytes costs less than the call of `indexOf`. */
function spaceFrom(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === SPACE) return at
  return -1
}

/** The number in these bytes; `NaN` for anything else. Nearly all are digits, which take no text. */
function numberIn(bytes: Buffer, from: number, to: number): number {
  if (to <= from) return Number.NaN
  let number = 0
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9) return Number(bytes.toString('latin1', from, to))
    number = number * 10 + digit
  }
  return number
}

/** The row that is stored as `reply`. Throws if it is not one. */
export function decodeRow(id: string, reply: unknown): Row {
  if (!(reply instanceof Uint8Array)) throw notARow()
  const bytes = Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength)
  const first = spaceFrom(bytes, 0)
  const second = spaceFrom(bytes, first + 1)
  const third = spaceFrom(bytes, second + 1)
  const fourth = spaceFrom(bytes, third + 1)
  if (first < 0 || second < 0 || third < 0 || fourth < 0) throw notARow()
  const version = numberIn(bytes, 0, first)
  const createdAt = numberIn(bytes, first + 1, second)
  const expiresAt = numberIn(bytes, second + 1, third)
  if (!Number.isSafeInteger(version) || !Number.isSafeInteger(createdAt) || !Number.isSafeInteger(expiresAt)) throw notARow()
  const owner = fourth === third + 1 ? null : bytes.toString('latin1', third + 1, fourth)
  // Bytes of its own: the reply is a part of what came over the network, which would be kept in memory as a whole.
  return { id, owner, version, createdAt, expiresAt, data: new Uint8Array(bytes.subarray(fourth + 1)) }
}

const notARow = (): Error =>
  new Error('A key of the session store holds something that is not a row. Another program may use the same prefix.')
