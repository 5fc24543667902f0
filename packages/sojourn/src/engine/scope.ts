import { readIdentifier } from '../input/identifier.js'
import { readObject, refuseUnknown } from '../input/refuse.js'
import type { Engine } from './engine.js'
import type { StoredRecord } from './record.js'
import { refusals } from './refusals.js'

/** The same engine, for the sessions of one tenant. What belongs to another is as if it were not there. */
export function scopedTo(engine: Engine, tenant: string): Engine {
  return Object.freeze({ ...engine, scope: tenant })
}

/** Whether this is a session of another tenant than the one that these verbs are for. */
export function isOutOfScope(engine: Pick<Engine, 'scope'>, record: StoredRecord): boolean {
  if (engine.scope === undefined || (record.kind !== 'session' && record.kind !== 'ended')) return false
  return record.tenant !== engine.scope
}

/** The tenant that a call is for: the one of these verbs, or the one that its options name. Undefined for all. */
export function tenantIn(engine: Pick<Engine, 'scope'>, options: unknown, known: readonly string[]): string | undefined {
  const given = options === undefined ? {} : readObject('options', options)
  refuseUnknown('options', given, known)
  const named = given['tenant'] === undefined ? undefined : readIdentifier('options.tenant', given['tenant'])
  return ownTenant(engine, named)
}

/** The tenant that was named, or the one of these verbs. Throws `PERMISSION_DENIED` for another one. */
export function ownTenant(engine: Pick<Engine, 'scope'>, named: string | undefined): string | undefined {
  if (engine.scope === undefined) return named
  if (named !== undefined && named !== engine.scope) throw refusals.otherTenant()
  return engine.scope
}
