import type { Millis } from '../clock.js'
import { SessionError, storeUnavailable } from '../errors.js'
import { effectiveEnds } from '../policy/lifetime.js'
import type { Level } from '../sessions.js'
import { ask, persist } from './ask.js'
import type { Engine } from './engine.js'
import { reached } from './level.js'
import { mutate } from './mutate.js'
import { publish } from './publish.js'
import type { EndedRecord, LiveRecord } from './record.js'
import { publicId } from './row.js'

/** How long the reason of an end can still be told. Nobody asks later; the token is refused for ever all the same. */
const TELLS_REASON: Millis = 86_400_000
const MARK_BYTES = 9

function endedRecord(record: LiveRecord, reason: string, now: Millis, mark: string): EndedRecord {
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

async function endOnce(engine: Engine, rowId: string, reason: string, mark: string): Promise<EndedRecord | undefined> {
  let deviceRow: string | undefined
  const ended = await mutate<EndedRecord | undefined>(engine, rowId, (record) => {
    if (record.kind === 'ended' && record.mark === mark) return { answer: record }
    if (record.kind !== 'session') return { answer: undefined }
    deviceRow = record.boundTo?.row
    const now = engine.clock.now()
    const expiresAt = Math.min(Math.max(effectiveEnds(engine.settings, record).absolute, now), now + TELLS_REASON)
    const answer = endedRecord(record, reason, now, mark)
    return { answer, write: { record: answer, expiresAt, owner: null } }
  })
  engine.activity.forget(rowId)
  if (ended === undefined) return undefined
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
  // Tells our own end, whose answer was lost, from somebody else's: the end is reported once.
  const mark = Buffer.from(engine.random.bytes(MARK_BYTES)).toString('base64url')
  const end = (): Promise<EndedRecord | undefined> => endOnce(engine, rowId, reason, mark)
  try {
    return await persist(engine, 'end', end)
  } catch (error) {
    if (error instanceof SessionError && error.code === 'STORE_UNAVAILABLE') keepAt(engine, rowId, reason, end)
    throw error
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
): Promise<{ readonly ended: EndedRecord | undefined; readonly level: Level }> {
  const ended = await endRow(engine, rowId, reason)
  const level = await reached(engine, rowId, ended === undefined ? 'absent' : undefined)
  if (level === 'stored') keepAt(engine, rowId, reason, () => endRow(engine, rowId, reason))
  return { ended, level }
}

/** Ends it later, and again until the copies of the store have it. One whose answer was lost is told of once: `first` knows it. */
function keepAt(engine: Engine, rowId: string, reason: string, first: () => Promise<unknown>): void {
  let end = first
  const once = async (): Promise<unknown> => {
    const ended = await end()
    end = () => endRow(engine, rowId, reason)
    return ended
  }
  engine.unfinished.later(rowId, reason, () => untilCopied(engine, rowId, once))
}

/** Runs an end again; throws if the copies of the store still do not have it. */
export async function untilCopied(engine: Engine, id: string, end: () => Promise<unknown>): Promise<void> {
  // What the store does not have any more, somebody may have in memory.
  const ended = await end()
  if ((await reached(engine, id, ended === undefined ? 'absent' : undefined)) === 'stored')
    throw storeUnavailable(new Error('The copies of the store do not have this end yet.'))
}

/** Takes a row out of which nobody holds a token, without a trace. */
export async function dropRow(engine: Engine, rowId: string): Promise<void> {
  await ask(engine, (store) => store.remove(rowId))
}
