import { readIdentifiers } from '../input/identifier.js'
import { readObject, refuseUnknown } from '../input/refuse.js'
import type { ChangedSession } from '../sessions.js'
import { changeRights, rotateIn } from './change-rights.js'
import type { Engine } from './engine.js'
import { publish } from './publish.js'
import type { LiveRecord } from './record.js'

/** Elevated permissions and grants were given to the old roles, and the grace of a replaced token ends with them (STP-2). */
function withRoles(record: LiveRecord, roles: readonly string[]): LiveRecord {
  const { elevation: _elevation, grants: _grants, previousHash: _cut, ...rest } = record
  return { ...rest, roles }
}

/** Sets the roles of a session. */
export async function setRoles(engine: Engine, tokenOrId: unknown, roles: unknown, options?: unknown): Promise<ChangedSession> {
  const wanted = readIdentifiers('roles', roles)
  if (options !== undefined) refuseUnknown('options', readObject('options', options), ['rotate'])
  const { before, changed, level } = await changeRights(engine, 'set roles', tokenOrId, rotateIn(options), (stored) =>
    withRoles(stored, wanted),
  )
  const { userId, tenant } = before
  await publish(engine, { type: 'session.roles-changed', sessionId: changed.id, userId, tenant, count: wanted.length })
  return { ...changed, level }
}
