import type { Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import { type ReadCreateOptions, readCreateOptions } from '../input/create-options.js'
import { readIdentifier } from '../input/identifier.js'
import { refuse } from '../input/refuse.js'
import type { LegacyRecord } from '../legacy/source.js'
import { mostSessions } from '../policy/concurrency.js'
import { lastUse, limitsOf } from '../policy/lifetime.js'
import { standing } from '../policy/supersession.js'
import type { SessionContext } from '../session.js'
import { ask } from './ask.js'
import { askLegacy } from './ask-legacy.js'
import { dropRow, endRow } from './end-row.js'
import type { Engine } from './engine.js'
import { type Refused, readRow } from './examine.js'
import { freshRecord } from './fresh-record.js'
import { keepWithinLimit, usableRows } from './limit.js'
import { checkNotBefore } from './not-before.js'
import { publish } from './publish.js'
import type { LiveRecord, TakenOverRecord } from './record.js'
import { refusals } from './refusals.js'
import { ownerKey, publicId, sealRow } from './row.js'
import { sightOf } from './sight.js'
import { type Legacy, legacyOf, putPointer, readPointer, rowIdFor, ticketFor, ticketOf } from './taken-over.js'

/** The token in whose place a credential of an older library stands now. */
export interface Adopted {
  readonly kind: 'adopted'
  readonly token: string
}

/** Undefined: no older library made this credential, or nobody is logged in with it. */
export type Adoption = Adopted | Refused | undefined

/** Requests that were under way with the old credential are answered for at least this long. */
const LEAST_GRACE: Millis = 30_000
/** How long after the session's longest life a record of the older library may still come back and is known. */
const REMEMBERED: Millis = 30 * 86_400_000
/** Somebody else who takes the same session over may be taking it back at the same moment. */
const MAX_TRIES = 4

const refused = (error: SessionError, rowId?: string): Refused => ({ kind: 'refused', error, ...(rowId === undefined ? {} : { rowId }) })

const letGo = (engine: Engine, { source, key }: Legacy): Promise<void> => askLegacy(engine, source.name, () => source.remove(key))

/** A session to be taken over, read and found to make sense. */
interface Candidate {
  readonly legacy: Legacy
  readonly rowId: string
  readonly owner: string
  readonly userId: string
  readonly options: ReadCreateOptions
  /** The earliest that the login can have been: the beginning of time if nobody knows. */
  readonly provenSince: Millis
  readonly goodUntil: Millis
}

function instantIn(path: string, value: Date | undefined): Millis | undefined {
  if (value === undefined || (value instanceof Date && Number.isFinite(value.getTime()))) return value?.getTime()
  return refuse(path, value, 'it must be a valid Date.')
}

/** Undefined, and an error in the log, for a record that cannot become a session. */
function candidateOf(engine: Engine, legacy: Legacy, record: LegacyRecord): Candidate | undefined {
  const now = engine.clock.now()
  const { rememberMe, roles = [], permissions = [], data } = record
  try {
    const userId = readIdentifier('record.userId', record.userId)
    const since = instantIn('record.createdAt', record.createdAt)
    const goodUntil = instantIn('record.expiresAt', record.expiresAt) ?? Number.POSITIVE_INFINITY
    const options = readCreateOptions(
      { rememberMe, roles, permissions, data, authTime: new Date(Math.min(since ?? now, now)) },
      now,
      'record',
    )
    return {
      legacy,
      rowId: rowIdFor(engine, legacy, userId),
      owner: ownerKey(engine.keys, userId),
      userId,
      options,
      provenSince: since ?? 0,
      goodUntil,
    }
  } catch (error) {
    if (!(error instanceof SessionError)) throw error
    engine.logger.error(
      { source: legacy.source.name, path: error.path },
      'a session of an older library cannot be taken over: its record does not make sense',
    )
    return undefined
  }
}

/** The session as it stands: just inserted, or by somebody who was faster. */
interface Stood {
  readonly record: LiveRecord
  readonly slot: number
  readonly isOurs: boolean
  readonly count: number
}

async function stand(
  engine: Engine,
  { legacy, rowId, owner, userId, options }: Candidate,
  context: SessionContext,
): Promise<Stood | Refused | 'again'> {
  const now = engine.clock.now()
  if (options.authTime + limitsOf(engine.settings, options).absolute <= now) return refused(refusals.tooOld())
  const slot = engine.keys.ring().tokenSlot(now)
  const ticket = ticketFor(engine, legacy, rowId, slot)
  if (ticket === undefined) throw new RangeError('The key ring has no key in this slot.')
  // Not confirmed: until the client presents its new token, the old one may be all that has reached it.
  const sight = await sightOf(engine, { userId, tenant: options.tenant }, context, now)
  const record: LiveRecord = { ...freshRecord(engine, userId, context, options, ticket.secret, now, sight), confirmed: false }
  const row = sealRow(engine, { id: rowId, owner, version: 1, createdAt: now, expiresAt: lastUse(engine.settings, record) }, record)
  const count = await ask(engine, (store) => store.insert(row))
  if (count > 0) return { record, slot, isOurs: true, count }
  const there = await readRow(engine, rowId)
  if (there === undefined) return 'again'
  if (there.record.kind === 'ended') return refused(refusals.ended(there.record.reason), rowId)
  const issued = ticketOf(engine, legacy, rowId, there.record)
  return issued === undefined
    ? refused(refusals.notFound(), rowId)
    : { record: there.record, slot: issued.slot, isOurs: false, count: Number.POSITIVE_INFINITY }
}

/** What holds for a login holds for a session that is taken over. What is refused here is refused for good. */
async function admit(
  engine: Engine,
  { rowId, owner, userId, provenSince }: Candidate,
  { record, count }: Stood,
): Promise<Refused | undefined> {
  try {
    const isAlone = count === 1
    await checkNotBefore(engine, { owner, userId, tenant: null }, provenSince, isAlone)
    if (!isAlone) await keepWithinLimit(engine, owner, { rowId, record, count })
    return undefined
  } catch (error) {
    if (!(error instanceof SessionError)) throw error
    const reason = { REAUTHENTICATION_REQUIRED: 'revoked', PERMISSION_DENIED: 'account.disabled', SESSION_LIMIT_REACHED: 'limit' }[
      String(error.code)
    ]
    if (reason === undefined) throw error
    await endRow(engine, rowId, reason)
    return refused(error, rowId)
  }
}

/** With `reject`, a session for which there is no room stays where it is: there may be room later. */
async function hasRoom(engine: Engine, { owner, rowId, options }: Candidate): Promise<boolean> {
  if (engine.settings.onSessionLimit !== 'reject') return true
  const others = (await usableRows(engine, owner)).filter(({ id }) => id !== rowId)
  return others.length < mostSessions(engine.settings, [options, ...others.map(({ record }) => record)])
}

function point(
  engine: Engine,
  candidate: Candidate,
  to: Omit<TakenOverRecord, 'kind' | 'at'>,
  absoluteEnd: Millis,
): Promise<TakenOverRecord> {
  const { goodUntil, legacy } = candidate
  const until = Math.max(absoluteEnd, Number.isFinite(goodUntil) ? goodUntil : 0) + REMEMBERED
  return putPointer(engine, legacy, { ...to, at: engine.clock.now() }, until)
}

/** Remembers that the session has ended here, and ends it there. */
async function close(engine: Engine, candidate: Candidate, rowId: string): Promise<void> {
  await point(engine, candidate, { rowId, slot: 0, createdAt: 0 }, engine.clock.now())
  await letGo(engine, candidate.legacy)
}

/**
 * Takes a session over. It and the pointer to it stand before the record of the older library is removed, and that before
 * anybody is answered: wherever this stops, the next request with the same credential goes on.
 */
async function takeOver(engine: Engine, candidate: Candidate, context: SessionContext): Promise<Adoption | 'again'> {
  const { legacy, rowId, userId, goodUntil } = candidate
  if (goodUntil <= engine.clock.now()) return refused(refusals.expired({ expired: 'lifetime', renewable: false }))
  if (!(await hasRoom(engine, candidate))) return refused(refusals.limit(mostSessions(engine.settings, [candidate.options])))
  const stood = await stand(engine, candidate, context)
  if (stood === 'again') return stood
  if ('kind' in stood) {
    // What our limits do not allow was never inserted, and is left to the older library; what has ended here ends there.
    if (stood.rowId !== undefined) await close(engine, candidate, stood.rowId)
    return stood
  }
  const { slot, record, isOurs } = stood
  const refusal = await admit(engine, candidate, stood)
  if (refusal !== undefined) {
    await close(engine, candidate, rowId)
    return refusal
  }
  const pointer = await point(engine, candidate, { rowId, slot, createdAt: record.createdAt }, record.absoluteEnd)
  if (pointer.rowId !== rowId || pointer.createdAt !== record.createdAt) {
    // It was taken over long before, while this request was held up: what it has inserted nobody must get.
    if (isOurs) await dropRow(engine, rowId)
    return 'again'
  }
  await letGo(engine, legacy)
  if (isOurs) {
    engine.metrics.count('sojourn_sessions_created_total')
    await publish(engine, {
      type: 'session.created',
      sessionId: publicId(rowId),
      userId,
      ipAddress: context.ipAddress,
      reason: `legacy.${legacy.source.name}`,
    })
  }
  const ticket = ticketFor(engine, legacy, rowId, slot)
  return ticket === undefined ? refused(refusals.notFound(), rowId) : { kind: 'adopted', token: engine.tickets.opaque(ticket) }
}

/** Whether the old credential is still good for its session: for a moment, and until the client shows that it holds the new one. */
function isStillGood(engine: Engine, pointer: TakenOverRecord, record: LiveRecord): boolean {
  const now = engine.clock.now()
  const stands = standing(engine.settings, record, 1, now)
  if (now - pointer.at < Math.max(limitsOf(engine.settings, record).grace, LEAST_GRACE)) return stands === 'current' || stands === 'grace'
  return stands === 'current' && !record.confirmed
}

/** Answers a credential whose session was taken over before. */
async function follow(engine: Engine, legacy: Legacy, pointer: TakenOverRecord): Promise<Adoption> {
  const { rowId } = pointer
  const found = await readRow(engine, rowId)
  if (found === undefined || (found.record.kind === 'session' && found.record.createdAt !== pointer.createdAt))
    return refused(refusals.notFound(), rowId)
  if (found.record.kind === 'ended') {
    await letGo(engine, legacy)
    return refused(refusals.ended(found.record.reason), rowId)
  }
  const ticket = ticketFor(engine, legacy, rowId, pointer.slot)
  if (ticket === undefined || !isStillGood(engine, pointer, found.record)) return refused(refusals.foreign(), rowId)
  await letGo(engine, legacy)
  return { kind: 'adopted', token: engine.tickets.opaque(ticket) }
}

async function adoptOne(engine: Engine, legacy: Legacy, context: SessionContext): Promise<Adoption> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    // Before the record: what was ended here does not come back because the older library wrote its record once more.
    const pointer = await readPointer(engine, legacy)
    if (pointer !== undefined) return await follow(engine, legacy, pointer)
    const record = await askLegacy(engine, legacy.source.name, () => legacy.source.load(legacy.key))
    if (record === undefined) {
      // Another request may have taken it over between the two questions.
      const late = await readPointer(engine, legacy)
      return late === undefined ? undefined : await follow(engine, legacy, late)
    }
    const candidate = candidateOf(engine, legacy, record)
    if (candidate === undefined) return undefined
    const adoption = await takeOver(engine, candidate, context)
    if (adoption !== 'again') return adoption
  }
  throw new SessionError('STORE_UNAVAILABLE', 'This session is being taken over by too many requests at once. Try again.', {
    retryAfter: 1,
  })
}

/** Takes over the session that a credential of an older library names. Parallel requests come to the same session and token. */
export async function adopt(engine: Engine, credential: string, context: SessionContext): Promise<Adoption> {
  for (const source of engine.legacy) {
    const key = source.read(credential)
    if (key === undefined) continue
    const legacy = legacyOf(engine, source, key)
    return await engine.turns.take(`legacy ${legacy.pointerId}`, () => adoptOne(engine, legacy, context))
  }
  return undefined
}
