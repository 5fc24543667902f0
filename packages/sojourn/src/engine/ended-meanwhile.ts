import { isMeantBy } from '../outage/pending-end.js'
import type { Row } from '../store/store.js'
import type { Engine } from './engine.js'
import type { LiveRecord } from './record.js'

/** Why a session has ended, if an end that waits for the store is meant for it: it holds here before the store has it. */
export function endedMeanwhile(engine: Engine, { id, owner }: Row, record: LiveRecord): string | undefined {
  if (engine.unfinished.count() === 0) return undefined
  const own = engine.unfinished.reasonOf(id)
  if (own !== undefined || owner === null) return own
  return engine.unfinished.everywhereOf(owner).find((end) => isMeantBy(end, { ...record, rowId: id }))?.reason
}
