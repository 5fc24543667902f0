import { lastUse } from '../policy/lifetime.js'
import { ask, persist } from './ask.js'
import { endEverywhere } from './end-row.js'
import type { Engine } from './engine.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'
import { openRow } from './row.js'

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
    const merged = engine.activity.merge(id, record)
    return now < lastUse(engine.settings, merged) ? [{ id, record: merged }] : []
  })
}

/**
 * Brings the user's sessions within the limit. Everybody who creates one calls this after the insertion and before the
 * token is handed out, and everybody ends all but the newest by the same order: all racers settle on the same ones.
 * With `reject` the newcomer is refused, and its caller takes it back; of two racers for the last place both may be.
 * `leaving` is a session that is about to be replaced, and does not count.
 */
export async function keepWithinLimit(engine: Engine, owner: string, count: number, leaving?: string): Promise<void> {
  const most = engine.settings.maxConcurrentSessions
  if (count <= most) return
  const usable = (await persist(engine, 'limit', () => usableRows(engine, owner))).filter(({ id }) => id !== leaving)
  if (usable.length <= most) return
  if (engine.settings.onSessionLimit === 'reject') throw refusals.limit(most)
  const surplus = usable.slice(0, usable.length - most)
  await Promise.all(surplus.map(({ id }) => endEverywhere(engine, id, 'limit')))
}
