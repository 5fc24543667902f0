import type { Millis } from '../clock.js'
import { mac } from '../crypto/hash.js'
import type { Ring } from '../crypto/ring.js'
import type { Ticket } from './ticket.js'

/**
 * The ticket that renewed `ticket` at `at`. Its secret is a keyed function of its predecessor's, under the key that the
 * predecessor names, so that every node, at every repetition, gives the same successor while only hashes are stored.
 */
export function successor(ring: Pick<Ring, 'successorKey' | 'tokenSlot'>, ticket: Ticket, at: Millis): Ticket {
  const key = ring.successorKey(ticket.slot)
  if (key === undefined) throw new RangeError('The key ring has no key in this slot.')
  const generation = ticket.generation + 1
  return { rowId: ticket.rowId, generation, slot: ring.tokenSlot(at), secret: mac(key, ticket.rowId, String(generation), ticket.secret) }
}
