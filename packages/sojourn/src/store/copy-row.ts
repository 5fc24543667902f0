import type { Row } from './store.js'

/** The row with bytes of its own, so that two holders cannot change it under each other. */
export function copyRow(row: Row): Row {
  return {
    id: row.id,
    owner: row.owner,
    version: row.version,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    // Not slice(): on a Buffer that is a view of the same memory.
    data: new Uint8Array(row.data),
  }
}
