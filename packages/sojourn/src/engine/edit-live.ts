import type { Millis } from '../clock.js'
import { lastUse } from '../policy/lifetime.js'
import { persist } from './ask.js'
import type { Engine } from './engine.js'
import { mutate } from './mutate.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'

/** Changes a session that has not ended, and answers what it is now. `change` is pure: it may run again on a newer record. */
export async function editLive(
  engine: Engine,
  operation: string,
  rowId: string,
  change: (record: LiveRecord, now: Millis) => LiveRecord,
): Promise<LiveRecord> {
  const changed = await persist(engine, operation, () =>
    mutate(engine, rowId, (record, row) => {
      if (record.kind === 'ended') throw refusals.ended(record.reason)
      if (record.kind !== 'session') throw refusals.notFound()
      const next = change(record, engine.clock.now())
      return { answer: next, write: { record: next, expiresAt: lastUse(engine.settings, next), owner: row.owner } }
    }),
  )
  if (changed === undefined) throw refusals.notFound()
  return engine.activity.merge(rowId, changed)
}
