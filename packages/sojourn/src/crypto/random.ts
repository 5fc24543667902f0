import { randomFillSync } from 'node:crypto'

/** The only source of randomness. */
export interface Random {
  /** `length` unpredictable bytes, never handed out twice. */
  bytes(length: number): Uint8Array
}

/** One system call fills this much: asking for each token by itself costs about fourteen times as much. */
const POOL_BYTES = 8_192

/** Randomness of the operating system, drawn from a pool. Bytes are wiped from the pool as they are handed out. */
export function systemRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES)
  let used = POOL_BYTES
  return Object.freeze({
    bytes(length: number): Uint8Array {
      if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length))
      if (used + length > POOL_BYTES) {
        randomFillSync(pool)
        used = 0
      }
      const out = pool.slice(used, used + length)
      pool.fill(0, used, used + length)
      used += length
      return out
    },
  })
}
