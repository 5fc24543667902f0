import type { Row } from '../store/store.js'

/** Whether two rows are equal in everything that a store keeps. */
export function sameRow(a: Row, b: Row): boolean {
  return (
    a.id === b.id &&
    a.owner === b.owner &&
    a.version === b.version &&
    a.createdAt === b.createdAt &&
    a.expiresAt === b.expiresAt &&
    Buffer.compare(a.data, b.data) === 0
  )
}
