import { endRow } from '../engine/end-row.js'
import type { Engine } from '../engine/engine.js'
import { publish } from '../engine/publish.js'
import type { LiveRecord } from '../engine/record.js'
import { publicId } from '../engine/row.js'

/** Ends a session whose browser was imitated, and says so. */
export async function endBound(engine: Engine, rowId: string, { userId, tenant }: LiveRecord): Promise<void> {
  await endRow(engine, rowId, 'security.dbsc')
  await publish(engine, { type: 'security.dbsc', sessionId: publicId(rowId), userId, tenant })
}
