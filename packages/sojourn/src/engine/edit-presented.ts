import type { Millis } from '../clock.js'
import { equal, sha256 } from '../crypto/hash.js'
import { lastUse } from '../policy/lifetime.js'
import type { Ticket } from '../token/ticket.js'
import { persist } from './ask.js'
import type { Engine } from './engine.js'
import type { Presented } from './examine.js'
import { mutate } from './mutate.js'
import { newTicket, underNewToken } from './new-token.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { notYetStored } from './sessions-here.js'

/** Whether the session still has the token that was examined, and nobody has put another one in its place meanwhile. */
function isStillItsToken(stored: LiveRecord, ticket: Ticket): boolean {
  const expected = stored.generation === ticket.generation ? stored.secretHash : stored.previousHash
  return ticket.generation >= stored.generation - 1 && expected !== undefined && equal(sha256(ticket.secret), expected)
}

/**
 * Changes the session of a token that was examined, and puts a new token in its place. `change` is pure: it may run again
 * on a newer record. Of two that race with one token, one gets the new token and the other is refused.
 */
export async function editUnderNewToken(
  engine: Engine,
  operation: string,
  { row, ticket }: Presented,
  secret: string,
  change: (record: LiveRecord, now: Millis) => LiveRecord,
): Promise<{ readonly record: LiveRecord; readonly next: Ticket }> {
  if (engine.provisional?.isHere(row.id) === true) throw notYetStored()
  const ours = sha256(secret)
  const changed = await persist(engine, operation, () =>
    mutate<LiveRecord>(engine, row.id, (stored, current) => {
      if (stored.kind === 'ended') throw refusals.ended(stored.reason)
      if (stored.kind !== 'session') throw refusals.notFound()
      // Written by a try whose answer was lost.
      if (stored.secretHash === ours) return { answer: stored }
      if (!isStillItsToken(stored, ticket)) throw refusals.replaced()
      const now = engine.clock.now()
      // The rest of what is not written yet is added when it is written.
      const { lastActivity } = engine.activity.merge(row.id, stored)
      const record = underNewToken(change({ ...stored, lastActivity }, now), secret, now)
      return { answer: record, write: { record, expiresAt: lastUse(engine.settings, record), owner: current.owner } }
    }),
  )
  if (changed === undefined) throw refusals.notFound()
  return { record: changed, next: newTicket(engine, row.id, changed, secret) }
}
