import type { Seen, SessionAnalytics } from '../sessions.js'
import type { Engine } from './engine.js'
import { locate } from './locate.js'
import { publish } from './publish.js'
import type { StoredSeen } from './record.js'
import { publicId } from './row.js'

const MILLIS_PER_MINUTE = 60_000

const seenView = ({ value, first, last }: StoredSeen): Seen => ({ value, firstSeen: new Date(first), lastSeen: new Date(last) })

/** How a session was used, with what this process has not written yet. */
export async function analyse(engine: Engine, tokenOrId: unknown): Promise<SessionAnalytics> {
  const { rowId } = await locate(engine, tokenOrId)
  // What is written is complete then; only uses that come while it is read can be missing.
  await engine.activity.settle(rowId)
  const { record } = await locate(engine, publicId(rowId))
  await publish(engine, { type: 'session.analysed', sessionId: publicId(rowId), userId: record.userId, tenant: record.tenant })
  return {
    sessionId: publicId(rowId),
    duration: Math.max(0, record.lastActivity - record.createdAt) / MILLIS_PER_MINUTE,
    createdAt: new Date(record.createdAt),
    lastActivity: new Date(record.lastActivity),
    requestCount: record.requests,
    renewals: record.renewals,
    ipAddresses: record.addresses.map(seenView),
    userAgents: record.agents.map(seenView),
  }
}
