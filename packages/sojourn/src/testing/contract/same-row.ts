import assert from 'node:assert/strict'
import type { Row } from '../../store/store.js'

/** Asserts that both rows say the same. The kind of the byte array does not count: a Buffer is as good as any. */
export function sameRow(actual: Row | undefined, expected: Row, message: string): void {
  assert.ok(actual, `${message}: there is no row`)
  assert.deepEqual(plain(actual), plain(expected), message)
}

/** Asserts that both lists have the same rows in the same order. */
export function sameRows(actual: readonly Row[], expected: readonly Row[], message: string): void {
  assert.deepEqual(actual.map(plain), expected.map(plain), message)
}

const plain = ({ id, owner, version, createdAt, expiresAt, data }: Row): unknown => ({
  id,
  owner,
  version,
  createdAt,
  expiresAt,
  data: Array.from(data),
})
