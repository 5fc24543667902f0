import type { Millis } from '../clock.js'
import { mac } from '../crypto/hash.js'
import type { Keys } from '../crypto/keys.js'
import { bucketOf } from './row.js'

// Ends are noted in lists of a minute each, under an owner key that only this installation can compute. So every store that can
// list the rows of an owner can tell what ended since an instant, and no single list is written to by everybody for ever.

/** Short enough that reading the newest lists again costs little, long enough that a day has not too many. */
const SLOT: Millis = 60_000
/** How far the clocks of two nodes may be apart, and how long a write may take, together. `/readyz` warns at half of it. */
export const SLOT_SLACK: Millis = 60_000

export function slotAt(at: Millis): number {
  return Math.floor(at / SLOT)
}

/** From when on nobody adds to a slot any more, whose clock is within the slack. */
export function settledAt(slot: number): Millis {
  return (slot + 1) * SLOT + SLOT_SLACK
}

/** The owner key of a slot. Slots lie in different buckets, so that none of a cluster's servers has them all. */
export function slotOwner(keys: Keys, slot: number): string {
  const blinded = mac(keys.owner, 'revocations', String(slot))
  return bucketOf(Buffer.from(blinded, 'base64url')) + blinded
}
