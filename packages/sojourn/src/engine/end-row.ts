import type { Millis } from '../clock.js'
import { SessionError, storeUnavailable } from '../errors.js'
import type { PendingEnd } from '../outage/pending-end.js'
import { effectiveEnds } from '../policy/lifetime.js'
import type { Level } from '../session.js'
import { ask, persist } from './ask.js'
import type { Engine } from './engine.js'
import { reached } from './level.js'
import { mutate } from './mutate.js'
import { noteEnd } from './note-revocation.js'
import { publish } from './publish.js'
import type { EndedRecord, LiveRecord } from './record.js'
import { publicId } from './row.js'
import { isOutOfScope } from './scope.js'

/** How long the reason of an end can still be told. Nobody asks later; the token is refused for ever all the same. */
const TELLS_REASON: Millis = 86_400_000
const MARK_BYTES = 9

export function endedRecord(record: LiveRecord, reason: string, now: Millis, mark: string): EndedRecord {
  return {
    kind: 'ended',
    mark,
    ...(record.stage === undefined ? {} : { stage: record.stage }),
    ...(record.actor === undefined ? {} : { actor: record.actor }),
    userId: record.userId,
    tenant: record.tenant,
    createdAt: record.createdAt,
    authTime: record.authTime,
    endedAt: now,
    reason,
    lastActivity: record.lastActivity,
    renewals: record.renewals,
    rememberMe: record.rememberMe,
  }
}

const markOf = (engine: Engine): string => Buffer.from(engine.random.bytes(MARK_BYTES)).toString('base64url')

function pendingOf(engine: Engine, key: string, reason: string, mark: string): PendingEnd {
  const tenant = engine.scope === undefined ? {} : { tenant: engine.scope }
  return { kind: 'session', key, reason, at: engine.clock.now(), mark, ...tenant }
}

/** One try of it. `mark` tells this call from others: its own end, met again, is reported as it was. */
export async function endOnce(engine: Engine, rowId: string, reason: string, mark: string): Promise<EndedRecord | undefined> {
  await noteEnd(engine, rowId)
  let deviceRow: string | undefined
  const ended = await mutate<EndedRecord | undefined>(engine, rowId, (stored) => {
    if (stored.kind === 'ended' && stored.mark === mark) return { answer: stored }
    if (stored.kind !== 'session' && stored.kind !== 'held') return { answer: undefined }
    const record = stored.kind === 'held' ? stored.session : stored
    if (isOutOfScope(engine, record)) return { answer: undefined }
    deviceRow = record.boundTo?.row
    const now = engine.clock.now()
    const expiresAt = Math.min(Math.max(effectiveEnds(engine.settings, record).absolute, now), now + TELLS_REASON)
    const answer = endedRecord(record, reason, now, mark)
    return { answer, write: { record: answer, expiresAt, owner: null } }
  })
  engine.activity.forget(rowId)
  engine.grace?.forget(rowId)
  if (ended === undefined) return undefined
  if (engine.provisional?.isHere(rowId) !== true) engine.highWater?.took(pendingOf(engine, rowId, reason, mark))
  if (deviceRow !== undefined) await forgetDevice(engine, rowId, deviceRow)
  // The first word of the reason only: the rest may come from outside and would make a series for each value.
  engine.metrics.count('sojourn_sessions_ended_total', `reason="${reason.split('.')[0]}"`)
  await publish(engine, { type: 'session.ended', sessionId: publicId(rowId), userId: ended.userId, tenant: ended.tenant, reason })
  return ended
}

/** The key of a browser goes with its session. One that stays opens nothing: whoever refreshes is told of the session's end. */
async function forgetDevice(engine: Engine, rowId: string, deviceRow: string): Promise<void> {
  try {
    await dropRow(engine, deviceRow)
  } catch (error) {
    engine.logger.warn(
      { sessionId: publicId(rowId), error: String(error) },
      'the key of a bound browser stays in the store until it expires',
    )
  }
}

/**
 * Ends a session: one conditional write puts a record that nothing leaves in its place and takes it out of its user's list.
 * Answers what was ended, or undefined if there was nothing to end. Tries again while the store does not answer; if it
 * keeps silent this throws `STORE_UNAVAILABLE`, the session is refused by this process all the same, and the end is
 * stored as soon as that is possible.
 */
export async function endRow(engine: Engine, rowId: string, reason: string): Promise<EndedRecord | undefined> {
  const ended = await endOrKeep(engine, rowId, reason, false)
  return ended === 'kept' ? undefined : ended
}

/** The same; with `accepts`, an end that the store did not take but the journal has is `kept`, and no error. */
export async function endOrKeep(
  engine: Engine,
  rowId: string,
  reason: string,
  accepts: boolean,
): Promise<EndedRecord | 'kept' | undefined> {
  // Tells our own end, whose answer was lost, from somebody else's: the end is reported once.
  const mark = markOf(engine)
  const end = (): Promise<EndedRecord | undefined> => endOnce(engine, rowId, reason, mark)
  try {
    return await persist(engine, 'end', end)
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== 'STORE_UNAVAILABLE') throw error
    const isKept = await engine.unfinished.later(pendingOf(engine, rowId, reason, mark), repeatedEnd(engine, rowId, reason, mark))
    if (!isKept || !accepts) throw error
    return 'kept'
  }
}

/**
 * Ends a session and waits until no node accepts it any more: for an end after which something else is allowed, or said.
 * Answers what was ended, and how far that got. An end that the copies of the store do not have yet may be lost with the place
 * that has it: this process goes on refusing the session, and ends it again where it is needed, until they have it.
 */
export async function endEverywhere(
  engine: Engine,
  rowId: string,
  reason: string,
  accepts = false,
): Promise<{ readonly ended: EndedRecord | undefined; readonly level: Level }> {
  const begun = engine.clock.monotonic()
  const ended = await endOrKeep(engine, rowId, reason, accepts)
  if (ended === 'kept') return { ended: undefined, level: 'local' }
  const level = await reached(engine, rowId, begun, ended === undefined ? 'absent' : undefined)
  if (level === 'stored') {
    const pending = pendingOf(engine, rowId, reason, ended?.mark ?? markOf(engine))
    void engine.unfinished.later(pending, repeatedEnd(engine, rowId, reason))
  }
  return { ended, level }
}

/**
 * Ends a session that was to be ended, again and again until the copies of the store have it. `mark` is of an end that nobody has
 * been told of yet: that is done once.
 */
export function repeatedEnd(engine: Engine, rowId: string, reason: string, mark?: string): () => Promise<void> {
  let untold = mark
  const end = async (): Promise<EndedRecord | undefined> => {
    const ended = await endOnce(engine, rowId, reason, untold ?? markOf(engine))
    untold = undefined
    return ended
  }
  return () => untilCopied(engine, rowId, end)
}

/** Runs an end again; throws if the copies of the store still do not have it. */
export async function untilCopied(engine: Engine, id: string, end: () => Promise<unknown>): Promise<void> {
  // What the store does not have any more, somebody may have in memory.
  const begun = engine.clock.monotonic()
  const ended = await end()
  if ((await reached(engine, id, begun, ended === undefined ? 'absent' : undefined)) === 'stored')
    throw storeUnavailable(new Error('The copies of the store do not have this end yet.'))
}

/** Takes a row out of which nobody holds a token, without a trace. */
export async function dropRow(engine: Engine, rowId: string): Promise<void> {
  await ask(engine, (store) => store.remove(rowId))
}
