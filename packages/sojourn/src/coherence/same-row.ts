import type { Row } from '../store/store.js'

/** Whether two rows of one id say the same to the last byte. Their versions alone do not tell: two primaries count alike (decision 0022). */
export const sameRow = (a: Row, b: Row): boolean =>
  a.version === b.version &&
  a.owner === b.owner &&
  a.createdAt === b.createdAt &&
  a.expiresAt === b.expiresAt &&
  Buffer.compare(a.data, b.data) === 0
