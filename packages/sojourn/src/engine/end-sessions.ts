import type { Millis } from '../clock.js'
import { SessionError, storeUnavailable } from '../errors.js'
import { readIdentifier, readReason } from '../input/identifier.js'
import { readObject, refuse, refuseUnknown } from '../input/refuse.js'
import type { EndingProgress } from '../manager.js'
import type { PendingEnd } from '../outage/pending-end.js'
import type { Level } from '../session.js'
import type { EndedAll } from '../sessions.js'
import { isScannable, type Row } from '../store/store.js'
import { ask, persist } from './ask.js'
import { endEverywhere } from './end-row.js'
import type { Engine } from './engine.js'
import { reached, weaker } from './level.js'
import { type Circle, placeOf, raiseNotBefore } from './not-before.js'
import { noteLogins } from './note-revocation.js'
import { publish } from './publish.js'
import { liveIn } from './record.js'
import { openRow, rowIdOf } from './row.js'
import { endUser } from './terminate-all.js'

/** Rows that are looked at in one question to the store. */
const PAGE = 200
const MARK_BYTES = 9
/** Ends under way at once. */
const WIDTH = 32
/** The last instant that a Date can show. */
const END_OF_TIME: Millis = 8.64e15

interface Ending {
  readonly circle: Circle
  readonly reason: string
  readonly except?: string
  readonly authTime?: Millis
  /** The instant of the call. */
  readonly at: Millis
}

function readCircle(what: unknown): Circle {
  const given = readObject('what', what)
  refuseUnknown('what', given, ['user', 'tenant', 'all'])
  const { user, tenant, all } = given
  if (all !== undefined && (all !== true || user !== undefined || tenant !== undefined))
    refuse('what.all', all, 'it must be true, and stand alone.')
  if (all === undefined && user === undefined && tenant === undefined)
    refuse('what', what, 'say whose sessions are meant: { user }, { user, tenant }, { tenant } or { all: true }.')
  return {
    ...(user === undefined ? {} : { user: readIdentifier('what.user', user) }),
    ...(tenant === undefined ? {} : { tenant: readIdentifier('what.tenant', tenant) }),
  }
}

function readEnding(what: unknown, options: unknown, now: Millis): Ending {
  const given = readObject('options', options)
  refuseUnknown('options', given, ['reason', 'except', 'authTime'])
  const { reason, except, authTime } = given
  const rowId = typeof except === 'string' ? rowIdOf(except) : undefined
  if (except !== undefined && rowId === undefined)
    refuse('options.except', except, 'it must be the id ("sid_…") of the session that stays.')
  const before = authTime instanceof Date ? authTime.getTime() : Number.NaN
  if (authTime !== undefined && !(before >= 0 && before <= now))
    refuse('options.authTime', authTime, 'it must be a Date that is not in the future.')
  return {
    circle: readCircle(what),
    // Whoever logs a whole house out says why (TRM-9).
    reason: readReason('options.reason', reason),
    ...(rowId === undefined ? {} : { except: rowId }),
    ...(authTime === undefined ? {} : { authTime: before }),
    at: now,
  }
}

/** Ends a session that is meant, and answers how far that got; undefined if there was nothing to end. One that was begun after the call is not: it was measured by the instant at its creation. */
async function endIfMeant(engine: Engine, row: Row, { circle, reason, except, authTime, at }: Ending): Promise<Level | undefined> {
  const opened = await openRow(engine, row)
  const record = typeof opened === 'string' ? undefined : liveIn(opened)
  if (record === undefined || row.id === except) return undefined
  if (circle.tenant !== undefined && record.tenant !== circle.tenant) return undefined
  const isMeant = authTime === undefined ? record.authTime < at || record.createdAt <= at : record.authTime < authTime
  if (!isMeant) return undefined
  const { ended, level } = await endEverywhere(engine, row.id, reason)
  return ended === undefined ? undefined : level
}

async function walk(engine: Engine, ending: Ending, onProgress: (so: EndingProgress) => void): Promise<EndedAll> {
  const { store } = engine
  let level: Level = 'everywhere'
  let terminated = 0
  // What cannot be walked over is read with its instants at each validation (Memcached).
  if (!isScannable(store)) return { terminated, level }
  let seen = 0
  let after: string | undefined
  do {
    const range = { from: ending.at, to: END_OF_TIME, limit: PAGE, ...(after === undefined ? {} : { after }) }
    const page = await persist(engine, 'end sessions', () => ask(engine, () => store.scan(range)))
    for (let from = 0; from < page.rows.length; from += WIDTH) {
      const ended = await Promise.all(page.rows.slice(from, from + WIDTH).map((row) => endIfMeant(engine, row, ending)))
      const levels = ended.filter((one) => one !== undefined)
      level = levels.reduce(weaker, level)
      terminated += levels.length
    }
    seen += page.rows.length
    onProgress({ seen, terminated })
    after = page.next
  } while (after !== undefined)
  return { terminated, level }
}

async function endCircle(engine: Engine, ending: Ending, onProgress: (so: EndingProgress) => void): Promise<EndedAll> {
  const { circle, reason, except, authTime, at } = ending
  const begun = engine.clock.monotonic()
  if (circle.tenant === undefined) await persist(engine, 'end sessions', () => noteLogins(engine, undefined, authTime ?? at, except))
  await raiseNotBefore(engine, placeOf(engine, circle), { notBefore: authTime ?? at, reason, ...(except === undefined ? {} : { except }) })
  // From here on every login finds the instant; one that did not is in the store, where the walk meets it.
  const raised = await reached(engine, placeOf(engine, circle).id, begun)
  const { terminated, level } = await walk(engine, ending, onProgress)
  await publish(engine, { type: 'sessions.ended', ...circle, reason, count: terminated })
  return { terminated, level: weaker(raised, level) }
}

function pendingOf(engine: Engine, key: string, { circle: { tenant }, reason, except, authTime, at }: Ending): PendingEnd {
  const mark = Buffer.from(engine.random.bytes(MARK_BYTES)).toString('base64url')
  const parts = { ...(tenant === undefined ? {} : { tenant }), ...(except === undefined ? {} : { except }) }
  return { kind: 'circle', key, reason, at, mark, ...parts, ...(authTime === undefined ? {} : { authTime }) }
}

/** Does it again, until the copies of the store have all of it. */
async function again(engine: Engine, ending: Ending): Promise<void> {
  const { level } = await endCircle(engine, ending, () => undefined)
  if (level === 'stored') throw storeUnavailable(new Error('The copies of the store do not have this end yet.'))
}

/** Does again what was asked for while the store was away. */
export async function repeatCircleEnd(engine: Engine, { reason, at, tenant, except, authTime }: PendingEnd): Promise<void> {
  const parts = { ...(except === undefined ? {} : { except }), ...(authTime === undefined ? {} : { authTime }) }
  await again(engine, { circle: tenant === undefined ? {} : { tenant }, reason, at, ...parts })
}

/**
 * Ends all sessions of a user, of a tenant, or of everybody. First the instant is raised before which no login counts, then
 * the sessions are ended one by one, each with its event. If the store does not answer this throws `STORE_UNAVAILABLE`, and
 * it is done as soon as the store answers again.
 */
export async function endSessions(
  engine: Engine,
  what: unknown,
  options: unknown,
  onProgress: (so: EndingProgress) => void = () => undefined,
): Promise<EndedAll> {
  const ending = readEnding(what, options, engine.clock.now())
  const { user, tenant } = ending.circle
  if (user !== undefined) {
    const { reason, except, authTime } = ending
    const parts = { ...(except === undefined ? {} : { except }), ...(authTime === undefined ? {} : { authTime }) }
    return await endUser(engine, { user, ...(tenant === undefined ? {} : { tenant }), reason, ...parts })
  }
  const pending = pendingOf(engine, placeOf(engine, ending.circle).id, ending)
  try {
    const ended = await endCircle(engine, ending, onProgress)
    engine.highWater?.took(pending)
    // The copies do not have all of it yet: it may be lost with the place that has it.
    if (ended.level === 'stored') void engine.unfinished.later(pending, () => again(engine, ending))
    return ended
  } catch (error) {
    if (error instanceof SessionError && error.code === 'STORE_UNAVAILABLE')
      await engine.unfinished.later(pending, () => again(engine, ending))
    throw error
  }
}
