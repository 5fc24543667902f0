import { sha256 } from '../crypto/hash.js'
import { readContext } from '../input/context.js'
import { expiry } from '../policy/expiry.js'
import { lastUse } from '../policy/lifetime.js'
import { renewal } from '../policy/renewal.js'
import { repeatedReuse } from '../policy/reuse.js'
import { isStale } from '../policy/staleness.js'
import type { IssuedSession, SessionContext } from '../session.js'
import type { ProofOptions } from '../sessions.js'
import type { Row } from '../store/store.js'
import { successor } from '../token/successor.js'
import type { Ticket } from '../token/ticket.js'
import { persist } from './ask.js'
import { contextRefusal } from './context-refusal.js'
import type { Engine } from './engine.js'
import { examine, type Presented } from './examine.js'
import { guardRefusal } from './guard.js'
import { judgeGuess } from './guessing.js'
import { keptContext } from './kept.js'
import { type Edit, mutate } from './mutate.js'
import { publish } from './publish.js'
import type { LiveRecord, StoredRecord } from './record.js'
import { isRefreshed, refreshed } from './refresh.js'
import { refusals } from './refusals.js'
import { reissue } from './reissue.js'
import { publicId } from './row.js'
import { notYetStored } from './sessions-here.js'
import { issuedView } from './view.js'
import { renewalRefusal } from './wrong-use.js'

/** What one try came to: the record under its new token; nothing that was ours to change; or a refusal, thrown. */
type Rotation = { readonly kind: 'rotated' | 'repeated'; readonly record: LiveRecord; readonly next: Ticket } | { readonly kind: 'lost' }

function rotate(engine: Engine, stored: StoredRecord, row: Row, ticket: Ticket, context: SessionContext): Edit<Rotation> {
  if (stored.kind === 'ended') throw refusals.ended(stored.reason)
  if (stored.kind !== 'session') throw refusals.notFound()
  const now = engine.clock.now()
  const facts = { ...stored, lastActivity: engine.activity.merge(row.id, stored).lastActivity }
  const expired = expiry(engine.settings, facts, now)
  if (expired !== undefined && !expired.renewable) throw refusals.expired(expired)
  if (isStale(engine.settings, stored, now)) throw refusals.stale()
  if (stored.generation !== ticket.generation) {
    const next = reissue(engine, stored, ticket)
    return { answer: next === undefined ? { kind: 'lost' } : { kind: 'repeated', record: facts, next } }
  }
  if (stored.challenged !== undefined) throw refusals.challenged()
  if (isRefreshed(engine, stored)) return refreshed(engine, facts, row, ticket, context)
  const verdict = renewal(engine.settings, facts, now)
  if (verdict.kind === 'exhausted') throw refusals.exhausted()
  if (verdict.kind === 'early') throw refusals.early(Math.ceil(verdict.wait / 1_000))
  const next = successor(engine.keys.ring(), ticket, now)
  const record: LiveRecord = {
    ...facts,
    generation: next.generation,
    secretHash: sha256(next.secret),
    previousHash: stored.secretHash,
    rotatedAt: now,
    confirmed: false,
    renewals: stored.renewals + 1,
    lifetimeEnd: verdict.lifetimeEnd,
    lastActivity: Math.max(facts.lastActivity, now),
    context: { ...stored.context, ...keptContext(engine.settings, context) },
  }
  return { answer: { kind: 'rotated', record, next }, write: { record, expiresAt: lastUse(engine.settings, record), owner: row.owner } }
}

/** Renews the session of a token that was examined. Repeated with the same token it gives the same successor. */
export async function renewPresented(engine: Engine, presented: Presented, context: SessionContext): Promise<IssuedSession> {
  const { ticket, row } = presented
  if (engine.provisional?.isHere(row.id) === true) throw notYetStored()
  // Repeating it is harmless: whichever try got through, the successor is the same.
  const rotation = await persist(engine, 'renew', () =>
    mutate(engine, row.id, (stored, current) => rotate(engine, stored, current, ticket, context)),
  )
  if (rotation === undefined) throw refusals.notFound()
  if (rotation.kind === 'lost') throw refusals.foreign()
  const { record, next } = rotation
  if (rotation.kind === 'repeated') {
    const kind = repeatedReuse(engine.settings, record, engine.clock.now())
    engine.metrics.count('sojourn_token_reuse_total', `kind="${kind}"`)
  }
  if (rotation.kind === 'rotated') {
    engine.metrics.count('sojourn_sessions_renewed_total')
    await publish(engine, {
      type: 'session.renewed',
      sessionId: publicId(row.id),
      userId: record.userId,
      ipAddress: context.ipAddress,
      tenant: record.tenant,
    })
  }
  return issuedView(engine, record, next)
}

/** Gives a session a new token and a new end. Refusals are thrown. */
export async function renew(engine: Engine, token: unknown, context?: SessionContext, proofs: ProofOptions = {}): Promise<IssuedSession> {
  const { context: caller, leftOut } = readContext(context)
  if (leftOut.length > 0) engine.logger.warn({ leftOut }, 'parts of the context say nothing; what the session knows already is kept')
  const examined = await persist(engine, 'renew', () => examine(engine, token))
  if (examined.kind === 'refused') throw await judgeGuess(engine, examined, caller.ipAddress)
  const wrong = renewalRefusal(examined.ticket)
  if (wrong !== undefined) throw wrong
  if (examined.record.stage !== undefined) throw refusals.unfinishedLogin(examined.record.stage)
  const guarded = { token, presented: examined, proofs, isRenewal: true, ipAddress: caller.ipAddress }
  const unproved = await guardRefusal(engine, guarded)
  if (unproved !== undefined) throw unproved
  const mismatch = await contextRefusal(engine, examined, caller)
  if (mismatch !== undefined) throw mismatch
  return await renewPresented(engine, examined, caller)
}
