import type { SessionError } from '../errors.js'
import { contextMismatch } from '../policy/context.js'
import { judge, type Known, type RiskVerdict } from '../policy/risk.js'
import type { SessionContext } from '../session.js'
import { challenge } from './challenge.js'
import { endEverywhere } from './end-row.js'
import type { Engine } from './engine.js'
import type { Presented } from './examine.js'
import { comparedAddress } from './kept.js'
import { reached } from './level.js'
import { publish } from './publish.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { publicId } from './row.js'
import { sightOf } from './sight.js'

/** What the session knows of its user. What it saw before the user last authenticated says nothing about who is there now. */
function knownOf(engine: Engine, record: LiveRecord): Known {
  const { context, seen, addresses, authTime, lastActivity } = record
  const blocks = addresses.flatMap(({ value }) => comparedAddress(engine.settings, value) ?? [])
  const isOlder = seen === undefined || seen.at < authTime
  return {
    bound: context,
    ...(isOlder || seen.fingerprint === undefined ? {} : { fingerprint: seen.fingerprint }),
    ...(isOlder || seen.place === undefined ? {} : { place: seen.place, placeAt: seen.at }),
    addresses: blocks,
    lastActivity,
  }
}

async function report(engine: Engine, presented: Presented, caller: SessionContext, verdict: RiskVerdict): Promise<void> {
  const { record, row } = presented
  const sessionId = publicId(row.id)
  const about = { sessionId, userId: record.userId, ipAddress: caller.ipAddress, tenant: record.tenant }
  const { signals, score, action } = verdict
  for (const signal of signals) engine.metrics.count('sojourn_risk_signals_total', `signal="${signal}"`)
  const mismatch = action === 'log' ? undefined : contextMismatch(engine.settings, record.context, caller)
  if (action !== 'log')
    engine.logger.warn({ sessionId, signals, score, action }, 'a session was presented by somebody who may not be its user')
  if (mismatch !== undefined) await publish(engine, { type: 'security.context', reason: mismatch, ...about })
  await publish(engine, { type: 'security.risk', reason: signals[0] ?? 'unknown', signals, score, action, ...about })
}

/** Answers once no node takes the session any more for what it was. */
async function act(engine: Engine, { row, record }: Presented, { signals, action }: RiskVerdict): Promise<SessionError | undefined> {
  if (action === 'log') return undefined
  if (action === 'refuse') return refusals.mismatch()
  if (action === 'step-up') {
    const begun = engine.clock.monotonic()
    await challenge(engine, row.id, signals[0] ?? 'unknown')
    await reached(engine, row.id, begun)
    return refusals.challenged()
  }
  await endEverywhere(engine, row.id, 'security.context')
  engine.sightings.forget(row.id)
  engine.logger.warn({ sessionId: publicId(row.id), since: record.createdAt }, 'a session was ended because of who presented it')
  return refusals.ended('security.context')
}

/** Such a use says nothing about anybody, and must not make the next one look new. */
const showsNothing = ({ ipAddress, userAgent, deviceId, location }: SessionContext): boolean =>
  ipAddress === undefined && userAgent === undefined && deviceId === undefined && location === undefined

/**
 * Whether the caller may be somebody else; that is reported, and acted upon as is configured. Costs nothing for a caller who
 * looks exactly as the last one did.
 */
export async function contextRefusal(engine: Engine, presented: Presented, caller: SessionContext): Promise<SessionError | undefined> {
  const { record, row } = presented
  if (record.challenged !== undefined) return refusals.challenged()
  if (!engine.settings.context.enabled || showsNothing(caller) || engine.sightings.same(row.id, record, caller) !== undefined)
    return undefined
  const now = engine.clock.now()
  const { seen = { at: now } } = await sightOf(engine, record, caller, now)
  const address = comparedAddress(engine.settings, caller.ipAddress)
  const verdict = judge(
    engine.settings,
    knownOf(engine, record),
    { context: caller, ...seen, ...(address === undefined ? {} : { address }) },
    now,
  )
  if (verdict !== undefined) {
    await report(engine, presented, caller, verdict)
    const refusal = await act(engine, presented, verdict)
    if (refusal !== undefined) return refusal
  }
  engine.sightings.put(row.id, record, { caller, seen })
  return undefined
}
