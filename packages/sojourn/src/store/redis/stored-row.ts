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

/** The row that is stored as `reply`. Throws if it is not one. */
export function decodeRow(id: string, reply: unknown): Row {
  if (!(reply instanceof Uint8Array)) throw notARow()
  const bytes = Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength)
  const first = bytes.indexOf(SPACE)
  const second = bytes.indexOf(SPACE, first + 1)
  const third = bytes.indexOf(SPACE, second + 1)
  const fourth = bytes.indexOf(SPACE, third + 1)
  const version = Number(bytes.toString('latin1', 0, first))
  const createdAt = Number(bytes.toString('latin1', first + 1, second))
  const expiresAt = Number(bytes.toString('latin1', second + 1, third))
  if (first < 1 || fourth < 0 || !Number.isSafeInteger(version) || !Number.isSafeInteger(createdAt) || !Number.isSafeInteger(expiresAt))
    throw notARow()
  const owner = fourth === third + 1 ? null : bytes.toString('latin1', third + 1, fourth)
  // Bytes of its own: the reply is a part of what came over the network, which would be kept in memory as a whole.
  return { id, owner, version, createdAt, expiresAt, data: new Uint8Array(bytes.subarray(fourth + 1)) }
}

const notARow = (): Error =>
  new Error('A key of the session store holds something that is not a row. Another program may use the same prefix.')
