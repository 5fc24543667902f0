import { counts, leastLimit, mostSessions, surplus } from '../policy/concurrency.js'
import type { Settings } from '../settings.js'
import { ask, persist } from './ask.js'
import { endEverywhere } from './end-row.js'
import type { Engine } from './engine.js'
import { publish } from './publish.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { openRow, publicId } from './row.js'

/** The user's sessions that could be used now, oldest first. One whose key is missing cannot be. */
export async function usableRows(
  engine: Engine,
  owner: string,
): Promise<ReadonlyArray<{ readonly id: string; readonly record: LiveRecord }>> {
  const rows = await ask(engine, (store) => store.list(owner))
  const now = engine.clock.now()
  const records = await Promise.all(rows.map((row) => openRow(engine, row)))
  return rows.flatMap(({ id }, index) => {
    const record = records[index]
    if (record === undefined || typeof record === 'string' || record.kind !== 'session' || engine.unfinished.reasonOf(id) !== undefined)
      return []
    // Nobody is logged in by it yet, so it takes up no place (CON-4).
    if (record.stage !== undefined) return []
    const merged = engine.activity.merge(id, record)
    return counts(engine.settings, merged, now) ? [{ id, record: merged }] : []
  })
}

/** The settings as they are for users of one tenant. */
export function settingsOfTenant(settings: Settings, tenant: string | null): Settings {
  const most = tenant === null ? undefined : settings.tenants.get(tenant)?.maxConcurrentSessions
  if (most === undefined) return settings
  const { ordinary, remembered } = settings
  return {
    ...settings,
    maxConcurrentSessions: most,
    ordinary: { ...ordinary, maxSessions: most },
    remembered: { ...remembered, maxSessions: most },
  }
}

/** A session that was just inserted, and how many rows its user has with it. */
export interface Newcomer {
  readonly rowId: string
  readonly record: LiveRecord
  readonly count: number
}

/**
 * Brings the user's sessions within the limit. Everybody who creates one calls this after the insertion and before the
 * token is handed out, and everybody ends all but the newest by the same order: all racers settle on the same ones.
 * With `reject` the newcomer is refused, and its caller takes it back; of two racers for the last place both may be.
 * `leaving` is a session that is about to be replaced, and does not count.
 */
export async function keepWithinLimit(engine: Engine, owner: string, newcomer: Newcomer, leaving?: string): Promise<void> {
  const { tenant } = newcomer.record
  const settings = settingsOfTenant(engine.settings, tenant)
  if (newcomer.count <= leastLimit(settings)) return
  const all = await persist(engine, 'limit', () => usableRows(engine, owner))
  // Users of two tenants may bear the same name without being the same person: none takes the other's place.
  const usable = all.filter(({ id, record }) => id !== leaving && record.tenant === tenant)
  const tooMany = surplus(settings, usable, engine.clock.now())
  if (tooMany.length === 0) return
  const rejects = settings.onSessionLimit === 'reject'
  await publish(engine, {
    type: 'security.limit-exceeded',
    sessionId: publicId(newcomer.rowId),
    userId: newcomer.record.userId,
    tenant: newcomer.record.tenant,
    ipAddress: newcomer.record.context.ipAddress,
    reason: rejects ? 'rejected' : 'evicted',
    count: rejects ? 1 : tooMany.length,
  })
  if (rejects) {
    const records = usable.map(({ record }) => record)
    throw refusals.limit(mostSessions(settings, records))
  }
  await Promise.all(tooMany.map(({ id }) => endEverywhere(engine, id, 'limit')))
}
