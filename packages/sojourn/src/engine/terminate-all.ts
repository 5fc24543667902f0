import type { Millis } from '../clock.js'
import { readIdentifier } from '../input/identifier.js'
import { readObject, refuse } from '../input/refuse.js'
import { isMeantBy, type PendingEnd } from '../outage/pending-end.js'
import type { EndedAll } from '../sessions.js'
import type { Row } from '../store/store.js'
import { ask, persist } from './ask.js'
import { dropRow, endRow, untilCopied } from './end-row.js'
import type { Engine } from './engine.js'
import { reached } from './level.js'
import { type Place, placeOf, raiseNotBefore } from './not-before.js'
import { feedSubject, noteLogins } from './note-revocation.js'
import { pseudonym, publish } from './publish.js'
import { liveIn } from './record.js'
import { openRow, ownerKey, publicId, rowIdOf } from './row.js'
import { tenantIn } from './scope.js'
import { isUnavailable, sessionsHere } from './sessions-here.js'
import { reasonIn } from './terminate.js'

const MARK_BYTES = 9
/** Ends under way at once for one user. */
const WIDTH = 32

function exceptIn(options: unknown): string | undefined {
  const except = options === undefined ? undefined : readObject('options', options)['except']
  if (except === undefined) return undefined
  const rowId = typeof except === 'string' ? rowIdOf(except) : undefined
  return rowId ?? refuse('options.except', except, 'it must be the id ("sid_…") of the session that stays.')
}

interface Everywhere {
  /** Pseudonym of the user. */
  readonly subject: string
  /** As whom the feed for offline verifiers names them, if there is one. */
  readonly told: string | undefined
  /** Only the sessions of this tenant; undefined for all. */
  readonly tenant: string | undefined
  /** Where the instant of these sessions stands. */
  readonly place: Place
  readonly owner: string
  readonly reason: string
  readonly except: string | undefined
  readonly barred: string | undefined
  readonly authTime: Millis | undefined
  /** The instant of the call: a repetition must not refuse logins that came after it. */
  readonly at: Millis
}

/** Ends one of them; one that cannot be opened any more is taken out, so that it ends all the same. */
async function endOne(engine: Engine, row: Row, { reason, tenant, authTime }: Everywhere): Promise<boolean> {
  const opened = await openRow(engine, row)
  if (typeof opened !== 'string') {
    const record = liveIn(opened)
    if (record === undefined || (tenant !== undefined && record.tenant !== tenant)) return false
    if (authTime !== undefined && record.authTime >= authTime) return false
    return (await endRow(engine, row.id, reason)) !== undefined
  }
  // Whose it is cannot be told, and it may be another tenant's.
  if (tenant !== undefined) return false
  engine.logger.warn({ sessionId: publicId(row.id) }, 'a session that cannot be opened was taken out of the store')
  await persist(engine, 'log out everywhere', () => dropRow(engine, row.id))
  return true
}

async function endEverywhere(engine: Engine, everywhere: Everywhere, isRepetition: boolean): Promise<number> {
  const { subject, told, tenant, place, owner, reason, except, barred, authTime, at } = everywhere
  const parts = { ...(except === undefined ? {} : { except }), ...(barred === undefined ? {} : { barred }) }
  if (told !== undefined && tenant === undefined)
    await persist(engine, 'log out everywhere', () => noteLogins(engine, told, authTime ?? at, except))
  await raiseNotBefore(engine, place, { notBefore: authTime ?? at, reason, ...parts })
  const rows = await persist(engine, 'log out everywhere', () => ask(engine, (store) => store.list(owner)))
  // At once, whatever is there ends: another node's clock may be ahead. Later, a login that came after the call is not meant.
  const isMeant = (row: Row): boolean =>
    row.id !== owner && row.id !== place.id && row.id !== except && (!isRepetition || row.createdAt <= at)
  const meant = rows.filter(isMeant)
  let terminated = 0
  for (let from = 0; from < meant.length; from += WIDTH) {
    const ended = await Promise.all(meant.slice(from, from + WIDTH).map((row) => endOne(engine, row, everywhere)))
    terminated += ended.filter(Boolean).length
  }
  await publish(engine, { type: 'user.ended', subject, ...(tenant === undefined ? {} : { tenant }), reason, count: terminated })
  return terminated
}

/**
 * Ends all sessions of a user. First an instant is raised before which no authentication counts, then the sessions are
 * listed and ended: a login under way is either in the list, or finds the instant after its insertion and gives up. If the
 * store does not answer this throws `STORE_UNAVAILABLE` (with local sessions and a journal it answers `local`), and it is
 * done as soon as the store answers again.
 */
export async function terminateAll(engine: Engine, userId: string, options?: unknown): Promise<EndedAll> {
  const user = readIdentifier('userId', userId)
  const tenant = tenantIn(engine, options, ['reason', 'except', 'tenant'])
  const reason = reasonIn(options, ['reason', 'except', 'tenant'], 'revoked')
  const except = exceptIn(options)
  return await endUser(engine, { user, ...(tenant === undefined ? {} : { tenant }), reason, ...(except === undefined ? {} : { except }) })
}

function pendingOf(engine: Engine, everywhere: Everywhere): PendingEnd {
  const { place, subject, told, owner, reason, at, tenant, except, barred, authTime } = everywhere
  return {
    kind: 'user',
    key: place.id,
    reason,
    at,
    mark: Buffer.from(engine.random.bytes(MARK_BYTES)).toString('base64url'),
    owner,
    subject,
    ...(told === undefined ? {} : { told }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(except === undefined ? {} : { except }),
    ...(barred === undefined ? {} : { barred }),
    ...(authTime === undefined ? {} : { authTime }),
  }
}

const again = (engine: Engine, everywhere: Everywhere): Promise<void> =>
  untilCopied(engine, everywhere.owner, () => endEverywhere(engine, everywhere, true))

const everywhereIn = ({ key, reason, at, owner = key, subject = '', told, tenant, except, barred, authTime }: PendingEnd): Everywhere => ({
  subject,
  told,
  tenant,
  place: { id: key, owner },
  owner,
  reason,
  except,
  barred,
  authTime,
  at,
})

/** Does again what was asked for while the store was away: a login that came after it is not meant. */
export function repeatUserEnd(engine: Engine, end: PendingEnd): Promise<void> {
  return again(engine, everywhereIn(end))
}

/** The same, without waiting for the copies of the store. */
export async function rewriteUserEnd(engine: Engine, end: PendingEnd): Promise<void> {
  await endEverywhere(engine, everywhereIn(end), true)
}

/** Ends those that only this node knows. */
async function endHere(engine: Engine, everywhere: Everywhere): Promise<number> {
  const pending = pendingOf(engine, everywhere)
  const here = await sessionsHere(engine, everywhere.owner)
  const meant = here.filter(({ id, record }) => isMeantBy(pending, { rowId: id, tenant: record.tenant, authTime: record.authTime }))
  for (const { id } of meant) await endRow(engine, id, everywhere.reason)
  return meant.length
}

/** Which sessions of a user end, and why. */
export interface UserEnd {
  readonly user: string
  /** Only those of this tenant. */
  readonly tenant?: string
  readonly reason: string
  /** Row id of the one that stays. */
  readonly except?: string
  /** Why nobody can log in from now on. */
  readonly barred?: string
  /** Sessions that were authenticated at this instant or later stay. */
  readonly authTime?: Millis
}

/** Ends sessions of a user as `terminateAll` does. */
export async function endUser(engine: Engine, { user, tenant, reason, except, barred, authTime }: UserEnd): Promise<EndedAll> {
  const place = placeOf(engine, { user, ...(tenant === undefined ? {} : { tenant }) })
  const owner = ownerKey(engine.keys, user)
  const subject = pseudonym(engine, 'user', user)
  const told = feedSubject(engine, user)
  const everywhere: Everywhere = { subject, told, tenant, place, owner, reason, except, barred, authTime, at: engine.clock.now() }
  const begun = engine.clock.monotonic()
  const later = (): Promise<boolean> => engine.unfinished.later(pendingOf(engine, everywhere), () => again(engine, everywhere))
  try {
    const terminated = (await endEverywhere(engine, everywhere, false)) + (await endHere(engine, everywhere))
    engine.highWater?.took(pendingOf(engine, everywhere))
    const level = await reached(engine, owner, begun)
    // The copies do not have it yet: it may be lost with the place that has it.
    if (level === 'stored') void later()
    return { level, terminated }
  } catch (error) {
    if (!isUnavailable(error)) throw error
    const isKept = await later()
    const terminated = await endHere(engine, everywhere)
    if (!isKept || engine.provisional === undefined) throw error
    return { level: 'local', terminated }
  }
}
