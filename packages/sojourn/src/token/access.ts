import { equal, mac } from '../crypto/hash.js'
import type { Ring } from '../crypto/ring.js'
import type { Ticket } from './ticket.js'

/** What an access token stands on. */
export interface AccessGrounds {
  readonly rowId: string
  readonly generation: number
  /** Which key of the ring made its secret. */
  readonly slot: number
  /** Seconds since the epoch at which it ends. */
  readonly expires: number
}

/**
 * The secret of an access token: a keyed function of the hash of the refresh token it was given with. So nothing about it
 * is stored, it has the entropy of that token, and it ends with it. Undefined if the key is gone.
 */
export function accessSecret(
  ring: Pick<Ring, 'accessKey'>,
  { rowId, generation, slot, expires }: AccessGrounds,
  secretHash: string,
): string | undefined {
  const key = ring.accessKey(slot)
  return key === undefined ? undefined : mac(key, rowId, String(generation), String(expires), secretHash)
}

/** Whether a presented access token was given beside the refresh token with this hash. */
export function isAccessSecret(
  ring: Pick<Ring, 'accessKey'>,
  ticket: Ticket & { readonly expires: number },
  secretHash: string | undefined,
): boolean {
  const expected = secretHash === undefined ? undefined : accessSecret(ring, ticket, secretHash)
  return expected !== undefined && equal(expected, ticket.secret)
}
