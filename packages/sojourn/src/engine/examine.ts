import { equal, sha256 } from '../crypto/hash.js'
import type { SessionError } from '../errors.js'
import { expiry } from '../policy/expiry.js'
import type { Reuse } from '../policy/reuse.js'
import { type Standing, standing } from '../policy/supersession.js'
import type { Row } from '../store/store.js'
import type { Credential } from '../token/ticket.js'
import { ask } from './ask.js'
import { endEverywhere } from './end-row.js'
import { endedMeanwhile } from './ended-meanwhile.js'
import type { Engine } from './engine.js'
import { accessStanding } from './examine-access.js'
import { isBefore, readNotBefore } from './not-before.js'
import { mayBeElsewhere } from './provisional-id.js'
import { publish } from './publish.js'
import { readTicket } from './read-ticket.js'
import type { EndedRecord, LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { openKnown, publicId } from './row.js'
import { isOutOfScope } from './scope.js'
import { knownElsewhere } from './sessions-here.js'

/** A token that belongs to a session which has not ended. `standing` is never `reused`: that ends the session. */
export interface Presented {
  readonly kind: 'presented'
  readonly ticket: Credential
  readonly row: Row
  /** With the activity of this process that is not written yet. */
  readonly record: LiveRecord
  readonly standing: Exclude<Standing, 'reused'>
}

export interface Refused {
  readonly kind: 'refused'
  readonly error: SessionError
  /** Set when the token was issued here, whatever became of its session. */
  readonly rowId?: string
  readonly userId?: string
}

/** The row of a session opened, whatever its state; undefined if there is none or it was tampered with, which is reported. */
export async function readRow(
  engine: Engine,
  rowId: string,
  from: 'anywhere' | 'store' = 'anywhere',
): Promise<{ readonly row: Row; readonly record: LiveRecord | EndedRecord } | undefined> {
  const row = await ask(engine, (store) => (from === 'store' ? store.reread(rowId) : store.get(rowId)))
  if (row === undefined) return undefined
  const record = await openKnown(engine, row)
  if (record !== 'broken' && isOutOfScope(engine, record)) return undefined
  if (record !== 'broken') return record.kind === 'session' || record.kind === 'ended' ? { row, record } : undefined
  engine.logger.error(
    { sessionId: publicId(rowId) },
    'a stored session does not open with its own key: it was changed or moved in the store',
  )
  await publish(engine, { type: 'security.tampered', sessionId: publicId(rowId) })
  return undefined
}

async function theft(engine: Engine, rowId: string, record: LiveRecord): Promise<Refused> {
  await endEverywhere(engine, rowId, 'security.reuse')
  engine.metrics.count('sojourn_token_reuse_total', 'kind="theft"')
  const about = { sessionId: publicId(rowId), userId: record.userId, tenant: record.tenant }
  await publish(engine, { type: 'security.reuse', ...about, reason: 'theft' satisfies Reuse })
  return { kind: 'refused', error: refusals.reused(), rowId, userId: record.userId }
}

/** Why a session ended with all the others of its user, if it did although it was not found in their list. */
export async function endedEverywhere(engine: Engine, row: Row, record: LiveRecord): Promise<string | undefined> {
  // What only this node knows is compared with the instants when it goes into the store.
  if (!engine.readsNotBefore || engine.provisional?.isHere(row.id) === true) return undefined
  const raised = await readNotBefore(engine, { owner: row.owner, userId: record.userId, tenant: record.tenant })
  return raised.find((one) => isBefore(one, record.authTime) && one.except !== row.id)?.reason
}

async function presentAccess(engine: Engine, row: Row, record: LiveRecord, ticket: Credential): Promise<Presented | Refused> {
  const stands = accessStanding(engine, record, ticket)
  if (stands === 'current' || stands === 'grace') return { kind: 'presented', ticket, row, record, standing: stands }
  // Whether the session can still be renewed is what a client asks that is told its access is over.
  const over = stands === 'over' ? ((await expiredRefusal(engine, row.id, record)) ?? refusals.over()) : refusals.foreign()
  return { kind: 'refused', error: over, rowId: row.id, userId: record.userId }
}

/**
 * The row of a token. One that is behind its token is read from the store first: another node has renewed the session, and this
 * one has not heard of it yet. Whether the answer may be given is judged as ever, by whether this node hears.
 */
async function rowOfTicket(engine: Engine, { rowId, generation }: Credential): ReturnType<typeof readRow> {
  const found = await readRow(engine, rowId)
  if (found?.record.kind !== 'session' || found.record.generation >= generation) return found
  await ask(engine, (store) => store.reread(rowId))
  return await readRow(engine, rowId)
}

/** Finds the session of a token and proves that the token is its own. Clocks and context are judged by the caller. */
export async function examine(engine: Engine, token: unknown): Promise<Presented | Refused> {
  const ticket = await readTicket(engine, token)
  if (ticket === 'malformed') return { kind: 'refused', error: refusals.malformed() }
  if (ticket === 'foreign') return { kind: 'refused', error: refusals.foreign() }
  const { rowId } = ticket
  const unfinished = engine.unfinished.reasonOf(rowId)
  // To a tenant nothing is said about a session before it is known to be one of its own.
  if (unfinished !== undefined && engine.scope === undefined) return { kind: 'refused', error: refusals.ended(unfinished), rowId }
  const found = await rowOfTicket(engine, ticket)
  // After the read: an older store may have taken the place of the one that was asked while that was under way. What only this
  // node knows is in none of them.
  if (engine.provisional?.isHere(rowId) !== true) await engine.highWater?.settled()
  if (found === undefined && mayBeElsewhere(rowId, engine.clock.now())) throw knownElsewhere()
  if (found === undefined) return { kind: 'refused', error: refusals.notFound(), rowId }
  if (unfinished !== undefined) return { kind: 'refused', error: refusals.ended(unfinished), rowId }
  if (found.record.kind === 'ended')
    return { kind: 'refused', error: refusals.ended(found.record.reason), rowId, userId: found.record.userId }
  const everywhere = endedMeanwhile(engine, found.row, found.record) ?? (await endedEverywhere(engine, found.row, found.record))
  if (everywhere !== undefined) return { kind: 'refused', error: refusals.ended(everywhere), rowId, userId: found.record.userId }
  const record = engine.activity.merge(rowId, found.record)
  if (ticket.use === 'access') return await presentAccess(engine, found.row, record, ticket)
  const stands = standing(engine.settings, record, ticket.generation, engine.clock.now())
  if (stands === 'reused') return await theft(engine, rowId, record)
  // Rights changed with the last rotation: the token before it ended there and then (LIF-7).
  if (stands !== 'current' && record.previousHash === undefined)
    return { kind: 'refused', error: refusals.replaced(), rowId, userId: record.userId }
  const expected = stands === 'current' ? record.secretHash : record.previousHash
  // The tag was right and the secret is not: the store went back in time, or another store has the same keys.
  if (expected === undefined || !equal(sha256(ticket.secret), expected)) {
    return { kind: 'refused', error: refusals.foreign(), rowId, userId: record.userId }
  }
  return { kind: 'presented', ticket, row: found.row, record, standing: stands }
}

/**
 * The refusal by one of the clocks, or undefined. Before a session is called idle the store is read once more: a use of this
 * very moment, here or on another node, may have been written since.
 */
export async function expiredRefusal(engine: Engine, rowId: string, record: LiveRecord): Promise<SessionError | undefined> {
  const verdict = expiry(engine.settings, record, engine.clock.now())
  if (verdict?.expired !== 'idle') return verdict === undefined ? undefined : refusals.expired(verdict)
  await engine.activity.settle(rowId)
  const again = await readRow(engine, rowId, 'store')
  if (again === undefined) return refusals.notFound()
  if (again.record.kind === 'ended') return refusals.ended(again.record.reason)
  const fresh = expiry(engine.settings, engine.activity.merge(rowId, again.record), engine.clock.now())
  return fresh === undefined ? undefined : refusals.expired(fresh)
}
