import { readContext } from '../input/context.js'
import { readObject, refuse } from '../input/refuse.js'
import type { Session } from '../session.js'
import { addSeen } from './activity.js'
import { editLive } from './edit-live.js'
import type { Engine } from './engine.js'
import { keptContext } from './kept.js'
import { locate, publicRowId } from './locate.js'
import { publish } from './publish.js'
import { refusals } from './refusals.js'
import { publicId } from './row.js'
import { viewOf } from './view.js'

function readLastActivity(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const time = value instanceof Date ? value.getTime() : Number.NaN
  if (!Number.isFinite(time)) refuse('context.lastActivity', value, 'it must be a Date.')
  return time
}

/**
 * Changes parts of a session's context; what is not named stays. `lastActivity` can move forward, up to now: neither the
 * past nor the future can be told to a clock that limits the session.
 */
export async function updateContext(engine: Engine, tokenOrId: unknown, changes: unknown): Promise<Session> {
  const { lastActivity, ...parts } = readObject('context', changes)
  const { context: given, leftOut } = readContext(parts)
  const context = keptContext(engine.settings, given)
  const active = readLastActivity(lastActivity)
  if (leftOut.length > 0) engine.logger.warn({ leftOut }, 'parts of the context say nothing; what the session knows already is kept')
  const { rowId, record: before } = await locate(engine, tokenOrId)
  // Whoever has to prove themselves again must not first make the session fit.
  if (before.challenged !== undefined && publicRowId(tokenOrId) === undefined) throw refusals.challenged()
  const record = await editLive(engine, 'update context', rowId, (stored, now) => ({
    ...stored,
    context: { ...stored.context, ...context },
    lastActivity: active === undefined ? stored.lastActivity : Math.max(stored.lastActivity, Math.min(active, now)),
    addresses: addSeen(stored.addresses, context.ipAddress === undefined ? [] : [{ value: context.ipAddress, first: now, last: now }]),
    agents: addSeen(stored.agents, context.userAgent === undefined ? [] : [{ value: context.userAgent, first: now, last: now }]),
  }))
  await publish(engine, {
    type: 'session.context-changed',
    sessionId: publicId(rowId),
    userId: record.userId,
    ipAddress: given.ipAddress,
    tenant: record.tenant,
  })
  return viewOf(engine.settings, rowId, record, engine.clock.now())
}
