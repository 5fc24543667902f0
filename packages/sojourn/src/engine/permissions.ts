import type { Millis } from '../clock.js'
import { parseDuration } from '../duration.js'
import { readIdentifiers } from '../input/identifier.js'
import { readObject, refuse, refuseUnknown } from '../input/refuse.js'
import { limitsOf } from '../policy/lifetime.js'
import { isStale } from '../policy/staleness.js'
import type { ChangedSession } from '../sessions.js'
import type { Settings } from '../settings.js'
import { changeRights, rotateIn } from './change-rights.js'
import type { Engine } from './engine.js'
import { publish } from './publish.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { permissionsAt } from './view.js'

/** How long the caller wants permissions to last; undefined for as long as is usual. */
function readExpiresIn(options: unknown): Millis | undefined {
  if (options === undefined) return undefined
  const given = readObject('options', options)
  refuseUnknown('options', given, ['expiresIn', 'rotate'])
  if (given['expiresIn'] === undefined) return undefined
  const millis = parseDuration(given['expiresIn'])
  if (millis === undefined || millis < 1) refuse('options.expiresIn', given['expiresIn'], 'it must be a length of time, for example "15m".')
  return millis
}

/** Lasting permissions that are not named are gone; named ones that are not lasting are elevated for a while. */
function withPermissions(settings: Settings, record: LiveRecord, wanted: readonly string[], now: Millis, expiresIn?: Millis): LiveRecord {
  const lasting = record.permissions.filter((permission) => wanted.includes(permission))
  const elevated = wanted.filter((permission) => !lasting.includes(permission))
  const { elevation: _ended, ...rest } = record
  if (elevated.length > 0 && isStale(settings, record, now)) throw refusals.stale()
  if (elevated.length === 0) return { ...rest, permissions: lasting }
  // A token that was replaced gets none of the new rights: its grace ends here.
  const { previousHash: _cut, ...current } = rest
  const { elevation: usual, longestElevation } = limitsOf(settings, record)
  const until = now + Math.min(expiresIn ?? usual, longestElevation)
  return { ...current, permissions: lasting, elevation: { permissions: elevated, until, since: now } }
}

/** Sets what a session may do. Rights that are taken away are gone for good; rights that are added end by themselves. */
export async function setPermissions(engine: Engine, tokenOrId: unknown, permissions: unknown, options?: unknown): Promise<ChangedSession> {
  const wanted = readIdentifiers('permissions', permissions)
  const expiresIn = readExpiresIn(options)
  const { before, changed, ...rest } = await changeRights(engine, 'set permissions', tokenOrId, rotateIn(options), (stored, now) => {
    const held = permissionsAt(engine.settings, stored, now)
    // Taking away is always possible; more is given to nobody who has to prove themselves first.
    if (stored.challenged !== undefined && wanted.some((one) => !held.includes(one))) throw refusals.challenged()
    return withPermissions(engine.settings, stored, wanted, now, expiresIn)
  })
  const now = engine.clock.now()
  const held = permissionsAt(engine.settings, before, now)
  const added = wanted.some((permission) => !held.includes(permission))
  await publish(engine, {
    type: added ? 'session.elevated' : 'session.permissions-changed',
    sessionId: changed.id,
    userId: before.userId,
    tenant: before.tenant,
    count: wanted.length,
  })
  return { ...changed, ...rest }
}
