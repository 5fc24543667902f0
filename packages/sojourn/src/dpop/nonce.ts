import type { Millis } from '../clock.js'
import { equal, type Key, mac } from '../crypto/hash.js'

/** How long one nonce is handed out; it is accepted for as long again. */
const PERIOD: Millis = 60_000
/** 132 bits. */
const LENGTH = 22

const nonceOf = (key: Key, period: number): string => mac(key, 'dpop/nonce', String(period)).slice(0, LENGTH)

/** The nonce of this minute: a keyed function of the time, so that every node knows it and none keeps it (RFC 9449 8). */
export function currentNonce(key: Key, now: Millis): string {
  return nonceOf(key, Math.floor(now / PERIOD))
}

/** Whether a nonce is that of this minute or of the one before. */
export function isFreshNonce(key: Key, nonce: unknown, now: Millis): boolean {
  if (typeof nonce !== 'string') return false
  const period = Math.floor(now / PERIOD)
  return [period, period - 1].map((one) => equal(nonceOf(key, one), nonce)).includes(true)
}
