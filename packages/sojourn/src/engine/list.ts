import { readIdentifier } from '../input/identifier.js'
import { effectiveEnds } from '../policy/lifetime.js'
import type { Session } from '../session.js'
import type { Engine } from './engine.js'
import { usableRows } from './limit.js'
import { publish } from './publish.js'
import { ownerKey } from './row.js'
import { tenantIn } from './scope.js'
import { viewOf } from './view.js'

/** The sessions of a user that could be used now, oldest first. */
export async function list(engine: Engine, userId: string, options?: unknown): Promise<Session[]> {
  const user = readIdentifier('userId', userId)
  const tenant = tenantIn(engine, options, ['tenant'])
  const usable = await usableRows(engine, ownerKey(engine.keys, user))
  const now = engine.clock.now()
  // One that only renewal could bring back is not active.
  const sessions = usable
    .filter(({ record }) => now < effectiveEnds(engine.settings, record).expires && (tenant === undefined || record.tenant === tenant))
    .map(({ id, record }) => viewOf(engine.settings, id, record, now))
  await publish(engine, { type: 'session.listed', userId: user, count: sessions.length, ...(tenant === undefined ? {} : { tenant }) })
  return sessions
}
