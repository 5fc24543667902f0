import { SessionError } from '../errors.js'
import { surplus } from '../policy/concurrency.js'
import { expiry } from '../policy/expiry.js'
import { lastUse, limitsOf } from '../policy/lifetime.js'
import type { Row } from '../store/store.js'
import { ask, persist } from './ask.js'
import { endEverywhere, endedRecord } from './end-row.js'
import type { Engine } from './engine.js'
import { keepWithinLimit, settingsOfTenant, usableRows } from './limit.js'
import { mutate } from './mutate.js'
import { isBefore, readNotBefore } from './not-before.js'
import type { Provisional } from './provisional.js'
import { mayBeElsewhere } from './provisional-id.js'
import { publish } from './publish.js'
import type { EndedRecord, HeldRecord, LiveRecord } from './record.js'
import { openRow, publicId, sealRow } from './row.js'
import { turns } from './turns.js'

const REJECTED = 'outage.rejected'
const MARK_BYTES = 9
/** How long the reason of an end can still be told. */
const TELLS_REASON = 86_400_000

/** The engine as it works on the store of all nodes, within a turn that the row has already. */
const inMain = (engine: Engine): Engine => ({ ...engine, store: engine.coherence.near, turns: turns() })

const markOf = (engine: Engine): string => Buffer.from(engine.random.bytes(MARK_BYTES)).toString('base64url')

/** As it would be if the store had been there: the short life was for as long as one node alone knew of it. */
function restored(engine: Engine, rowId: string, record: LiveRecord): LiveRecord {
  const lifetimeEnd = Math.min(record.createdAt + limitsOf(engine.settings, record).lifetime, record.durationEnd, record.absoluteEnd)
  return { ...engine.activity.merge(rowId, record), lifetimeEnd }
}

/** Inserts a row under the id that the session has already; false if something stands there. */
async function insertAs(engine: Engine, row: Row, record: HeldRecord | EndedRecord): Promise<boolean> {
  const expiresAt = record.kind === 'held' ? lastUse(engine.settings, record.session) : record.endedAt + TELLS_REASON
  const head = { id: row.id, owner: record.kind === 'held' ? row.owner : null, version: 1, createdAt: row.createdAt, expiresAt }
  const sealed = sealRow(engine, head, record)
  return await persist(engine, 'bring over', () => ask(engine, async (store) => (await store.insert(sealed)) > 0))
}

/** Writes that the session has ended, over whatever an earlier try has left of it. */
async function writeEnd(engine: Engine, row: Row, ended: EndedRecord): Promise<void> {
  if (await insertAs(engine, row, ended)) return
  await persist(engine, 'bring over', () =>
    mutate(engine, row.id, (stored) => {
      if (stored.kind !== 'held' && stored.kind !== 'session') return { answer: undefined }
      return { answer: undefined, write: { record: ended, expiresAt: ended.endedAt + TELLS_REASON, owner: null } }
    }),
  )
}

/** Whether the store would not have let this session begin. */
async function isRejected(engine: Engine, row: Row, record: LiveRecord): Promise<boolean> {
  const { owner } = row
  if (owner === null) return true
  const { userId, tenant, authTime } = record
  const raised = await persist(engine, 'bring over', () => readNotBefore(engine, { owner, userId, tenant }))
  if (raised.some((one) => one.except !== row.id && isBefore(one, authTime))) return true
  const usable = await persist(engine, 'bring over', () => usableRows(engine, owner))
  const others = usable.filter((other) => other.id !== row.id && other.record.tenant === tenant)
  return surplus(settingsOfTenant(engine.settings, tenant), [...others, { id: row.id, record }], engine.clock.now()).length > 0
}

/** Makes the held row a session. If the store goes away just now, this node goes on knowing it alone. */
async function promote(engine: Engine, home: Provisional, row: Row): Promise<boolean> {
  try {
    const stands = await persist(engine, 'bring over', () =>
      mutate<boolean>(engine, row.id, (stored, current) => {
        if (stored.kind !== 'held') return { answer: stored.kind === 'session' }
        const write = { record: stored.session, expiresAt: lastUse(engine.settings, stored.session), owner: current.owner }
        return { answer: true, write }
      }),
    )
    return stands === true
  } catch (error) {
    await home.add(row)
    throw error
  }
}

type Outcome = { readonly kind: 'gone' } | { readonly kind: 'stands' | 'rejected' | 'expired'; readonly record: LiveRecord }

/**
 * First the session is put into the store as one that opens nothing yet. Whoever logs its user out everywhere from then on
 * meets it in the list, and whoever did before is seen in the not-before: so it is judged, and only then made good. Between
 * this node's forgetting and that, nobody knows it: a crash there logs its user out, and never the reverse.
 */
async function bringOver(whole: Engine, home: Provisional, rowId: string): Promise<Outcome> {
  const engine = inMain(whole)
  const row = await home.get(rowId)
  const opened = row === undefined ? undefined : await openRow(engine, row)
  if (row === undefined || opened === undefined || typeof opened === 'string' || (opened.kind !== 'session' && opened.kind !== 'ended')) {
    engine.logger.error({ sessionId: publicId(rowId) }, 'a local session does not open with its own key, and is left out')
    await home.drop(rowId)
    return { kind: 'gone' }
  }
  if (opened.kind === 'ended') {
    await writeEnd(engine, row, opened)
    await home.drop(rowId)
    return { kind: 'gone' }
  }
  const now = engine.clock.now()
  const isOver = expiry(engine.settings, engine.activity.merge(rowId, opened), now) !== undefined
  const record = restored(engine, rowId, opened)
  if (!isOver) await insertAs(engine, row, { kind: 'held', session: record })
  if (isOver || (await isRejected(engine, row, record))) {
    const reason = isOver ? 'expired.lifetime' : REJECTED
    await writeEnd(engine, row, endedRecord(record, reason, now, markOf(engine)))
    await home.drop(rowId)
    return { kind: isOver ? 'expired' : 'rejected', record }
  }
  await home.drop(rowId)
  return (await promote(engine, home, row)) ? { kind: 'stands', record } : { kind: 'gone' }
}

/** What everybody does after an insertion: racers for the last place settle on the same ones. */
async function settleLimit(engine: Engine, rowId: string, owner: string | null, record: LiveRecord): Promise<void> {
  if (owner === null) return
  try {
    await keepWithinLimit(engine, owner, { rowId, record, count: Number.POSITIVE_INFINITY })
  } catch (error) {
    if (!(error instanceof SessionError) || error.code !== 'SESSION_LIMIT_REACHED') throw error
    await endEverywhere(engine, rowId, REJECTED)
  }
}

/** Brings the sessions that only this node knows into the store of all nodes, or ends them. Run again, it comes to the same. */
export async function reconcile(engine: Engine): Promise<void> {
  const { provisional: home } = engine
  for (const rowId of home?.ids() ?? []) {
    if (home === undefined) return
    const owner = (await home.get(rowId))?.owner ?? null
    const outcome = await engine.turns.take(rowId, () => bringOver(engine, home, rowId))
    const sessionId = publicId(rowId)
    if (outcome.kind === 'gone') continue
    const { record } = outcome
    engine.activity.forget(rowId)
    if (outcome.kind === 'stands') {
      await settleLimit(engine, rowId, owner, record)
      engine.devices.note(record, sessionId)
      continue
    }
    engine.metrics.count('sojourn_sessions_ended_total', `reason="${outcome.kind === 'expired' ? 'expired' : 'outage'}"`)
    const reason = outcome.kind === 'expired' ? 'expired.lifetime' : REJECTED
    await publish(engine, { type: 'session.ended', sessionId, userId: record.userId, tenant: record.tenant, reason })
  }
}

/**
 * Refuses a session that another node made while the store was away from it, before that node brings it over. Undefined if
 * this is no id of such a one.
 */
export async function endElsewhere(engine: Engine, rowId: string, reason: string): Promise<boolean> {
  const now = engine.clock.now()
  // Whose it is nobody knows here, so no tenant can end it.
  if (engine.scope !== undefined || !mayBeElsewhere(rowId, now) || engine.provisional?.isHere(rowId) === true) return false
  // Nobody knows whose it is. The end holds as soon as its node hears of it, which is before it brings the session over.
  const unknown = { kind: 'ended', mark: markOf(engine), userId: '', tenant: null, createdAt: now, authTime: now, endedAt: now } as const
  const ended: EndedRecord = { ...unknown, reason, lastActivity: now, renewals: 0, rememberMe: false }
  const head = { id: rowId, owner: null, version: 1, createdAt: now, expiresAt: now + TELLS_REASON }
  const row = sealRow(engine, head, ended)
  return await persist(engine, 'end', () => ask(engine, async (store) => (await store.insert(row)) > 0))
}
