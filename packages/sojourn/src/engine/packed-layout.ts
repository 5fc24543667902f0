/**
 * The first byte of a packed record. One that is written as JSON begins with `{`; a byte that is neither is of a release to come.
 *
 * A packed record is, in this order: this byte; the parts that are there, 2 bytes; `createdAt`, 6 bytes; counts, instants, hashes and
 * texts as `packRecord` writes them; the rare rest, and the application's data, as JSON.
 */
export const PACKED = 1

/** What a packed record has beyond what each has. */
export const PART = {
  tenant: 1,
  rememberMe: 2,
  confirmed: 4,
  previousHash: 8,
  ipAddress: 16,
  userAgent: 32,
  device: 64,
  deviceFingerprint: 128,
  seen: 256,
  seenFingerprint: 512,
} as const

/** SHA-256. */
export const HASH_BYTES = 32
export const INSTANT_BYTES = 6
/** Instants are stored in this many bits, which last until the year 10889. */
export const MOST_INSTANT: number = 2 ** (8 * INSTANT_BYTES) - 1
