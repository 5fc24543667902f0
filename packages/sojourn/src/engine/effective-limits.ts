import type { EffectiveLimits } from '../manager.js'
import { ruledLimits } from '../policy/effective-limits.js'
import type { Engine } from './engine.js'
import { readRow } from './examine.js'
import { publicId, rowIdOf } from './row.js'

/** The limits that are in force for a session now; undefined if there is none, or it was ended. */
export async function effectiveLimits(engine: Engine, id: unknown): Promise<EffectiveLimits | undefined> {
  const rowId = rowIdOf(String(id))
  const found = rowId === undefined ? undefined : await readRow(engine, rowId)
  if (rowId === undefined || found === undefined || found.record.kind === 'ended') return undefined
  const { roles, rememberMe } = found.record
  return { sessionId: publicId(rowId), roles: [...roles], rememberMe, ...ruledLimits(engine.settings, found.record) }
}
