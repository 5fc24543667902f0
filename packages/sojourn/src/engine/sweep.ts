import type { Swept } from '../manager.js'
import { expiry } from '../policy/expiry.js'
import { lastUse } from '../policy/lifetime.js'
import { isScannable, type Row } from '../store/store.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'
import { publish } from './publish.js'
import { openRow, publicId } from './row.js'

/** Rows that are looked at in one question to the store. */
const PAGE = 200
const NOTHING: Swept = Object.freeze({ expired: 0, forgotten: 0 })

/** Takes one row out, if it is still what was seen. Only the process that gets it reports the expiry. */
async function takeOut(engine: Engine, row: Row): Promise<Swept> {
  const record = await openRow(engine, row)
  const now = engine.clock.now()
  if (typeof record !== 'string' && record.kind === 'session' && now < lastUse(engine.settings, engine.activity.merge(row.id, record)))
    return NOTHING
  const removed = await ask(engine, (store) => store.remove(row.id, row.version))
  if (removed === undefined || typeof record === 'string' || record.kind !== 'session')
    return { expired: 0, forgotten: removed === undefined ? 0 : 1 }
  const clock = expiry(engine.settings, record, now)?.expired ?? 'lifetime'
  engine.activity.forget(row.id)
  engine.metrics.count('sojourn_sessions_ended_total', 'reason="expired"')
  await publish(engine, {
    type: 'session.ended',
    sessionId: publicId(row.id),
    userId: record.userId,
    tenant: record.tenant,
    reason: `expired.${clock}`,
  })
  return { expired: 1, forgotten: 0 }
}

/** Takes out everything that has expired. Several processes may sweep at once: each row goes to one of them. */
export async function sweep(engine: Engine): Promise<Swept> {
  const { store } = engine
  if (!isScannable(store)) return NOTHING
  let expired = 0
  let forgotten = 0
  let after: string | undefined
  const to = engine.clock.now() + 1
  do {
    const range = { from: 0, to, limit: PAGE, ...(after === undefined ? {} : { after }) }
    const page = await ask(engine, () => store.scan(range))
    for (const row of page.rows) {
      const swept = await takeOut(engine, row)
      expired += swept.expired
      forgotten += swept.forgotten
    }
    after = page.next
  } while (after !== undefined)
  return { expired, forgotten }
}
