import type { SessionError } from '../errors.js'
import { contextMismatch } from '../policy/context.js'
import type { SessionContext } from '../sessions.js'
import type { Engine } from './engine.js'
import type { Presented } from './examine.js'
import { publish } from './publish.js'
import { refusals } from './refusals.js'
import { publicId } from './row.js'

/** Whether the caller looks like somebody else; that is reported as a sign of an attack. */
export async function contextRefusal(engine: Engine, presented: Presented, context: SessionContext): Promise<SessionError | undefined> {
  const { record, row } = presented
  const mismatch = contextMismatch(engine.settings, record.context, context)
  if (mismatch === undefined) return undefined
  const sessionId = publicId(row.id)
  engine.logger.warn({ sessionId, mismatch }, 'a session was presented from another browser or device than it was given to')
  await publish(engine, {
    type: 'security.context',
    reason: mismatch,
    sessionId,
    userId: record.userId,
    ipAddress: context.ipAddress,
    tenant: record.tenant,
  })
  return refusals.mismatch()
}
