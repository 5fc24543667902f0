import { sha256 } from '../crypto/hash.js'
import { lastUse } from '../policy/lifetime.js'
import { refreshPlan } from '../policy/refresh.js'
import type { SessionContext } from '../session.js'
import type { Row } from '../store/store.js'
import { successor } from '../token/successor.js'
import type { Ticket } from '../token/ticket.js'
import type { Engine } from './engine.js'
import type { Edit } from './mutate.js'
import type { LiveRecord } from './record.js'

/** The record under its next ticket, which is the same one where the refresh token is not replaced. */
export interface Refreshed {
  readonly kind: 'rotated'
  readonly record: LiveRecord
  readonly next: Ticket
}

/** Whether renewing this session goes by the rules of refresh tokens. */
export function isRefreshed(engine: Pick<Engine, 'settings'>, record: LiveRecord): boolean {
  return engine.settings.tokens.pair || record.pairSince !== undefined
}

/** What presenting the current refresh token does: one conditional write that uses it up and makes the next. */
export function refreshed(engine: Engine, stored: LiveRecord, row: Row, ticket: Ticket, context: SessionContext): Edit<Refreshed> {
  const now = engine.clock.now()
  const { rotates, lifetimeEnd } = refreshPlan(engine.settings, stored, now)
  const next = rotates ? successor(engine.keys.ring(), ticket, now) : ticket
  const { pairSince: _before, ...single } = stored
  const pairSince = engine.settings.tokens.pair ? (stored.pairSince ?? next.generation) : undefined
  const record: LiveRecord = {
    ...single,
    ...(pairSince === undefined ? {} : { pairSince }),
    ...(rotates
      ? { generation: next.generation, secretHash: sha256(next.secret), previousHash: stored.secretHash, rotatedAt: now, confirmed: false }
      : {}),
    ...(lifetimeEnd === undefined ? {} : { lifetimeEnd, renewals: stored.renewals + 1 }),
    lastActivity: Math.max(stored.lastActivity, now),
    context: { ...stored.context, ...context },
  }
  return {
    answer: { kind: 'rotated', record, next },
    write: { record, expiresAt: lastUse(engine.settings, record), owner: row.owner },
  }
}
