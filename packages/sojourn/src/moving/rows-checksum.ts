import { sha256 } from '../crypto/hash.js'
import type { Row } from '../store/store.js'
import { lineOfRow } from './row-line.js'

/** A sum over rows in which their order plays no part. */
export interface RowsChecksum {
  add(row: Row): void
  addLine(line: string): void
  /** 64 hexadecimal digits. */
  text(): string
}

const MODULUS = 1n << 256n
const DIGITS = 64

/** Adds up the SHA-256 of each row's line. A sum, not an exclusive or: a row that is there twice does not cancel itself out. */
export function rowsChecksum(): RowsChecksum {
  let sum = 0n
  const addLine = (line: string): void => {
    sum = (sum + BigInt(`0x${Buffer.from(sha256(line), 'base64url').toString('hex')}`)) % MODULUS
  }
  return {
    add: (row) => addLine(lineOfRow(row)),
    addLine,
    text: () => sum.toString(16).padStart(DIGITS, '0'),
  }
}
