import type { Millis } from '../clock.js'
import { sha256 } from '../crypto/hash.js'
import type { Ticket } from '../token/ticket.js'
import type { Engine } from './engine.js'
import type { LiveRecord } from './record.js'

const SECRET_BYTES = 32

/** A secret that nobody can compute from the token before it: who holds that one must not reach the rights of this one. */
export function drawSecret(engine: Pick<Engine, 'random'>): string {
  return Buffer.from(engine.random.bytes(SECRET_BYTES)).toString('base64url')
}

/** The record under a token with this secret. The token before it is good for nothing from now on: it has no grace (LIF-7). */
export function underNewToken(record: LiveRecord, secret: string, now: Millis): LiveRecord {
  const { previousHash: _cut, ...rest } = record
  return { ...rest, generation: record.generation + 1, secretHash: sha256(secret), rotatedAt: now, confirmed: false }
}

/** The ticket of the record that `underNewToken` made of this secret. */
export function newTicket(engine: Pick<Engine, 'keys'>, rowId: string, record: LiveRecord, secret: string): Ticket {
  return { rowId, generation: record.generation, slot: engine.keys.ring().tokenSlot(record.rotatedAt), secret }
}
