import { type Key, mac } from '../crypto/hash.js'
import type { Ticket } from './ticket.js'

/**
 * The ticket that renews `ticket`. It is a keyed function of its predecessor, so that every node, at every repetition,
 * gives the same successor while only hashes are stored.
 */
export function successor(key: Key, ticket: Ticket): Ticket {
  const generation = ticket.generation + 1
  return { rowId: ticket.rowId, generation, secret: mac(key, ticket.rowId, String(generation), ticket.secret) }
}
