import { equal, sha256 } from '../crypto/hash.js'
import { successor } from '../token/successor.js'
import type { Ticket } from '../token/ticket.js'
import type { Engine } from './engine.js'
import type { LiveRecord } from './record.js'

/** The successor that this predecessor was given before: the same one however often it is asked for. Undefined if it is not the current one. */
export function reissue(engine: Engine, record: LiveRecord, predecessor: Ticket): Ticket | undefined {
  const next = successor(engine.keys.ring(), predecessor, record.rotatedAt)
  return next.generation === record.generation && equal(sha256(next.secret), record.secretHash) ? next : undefined
}
