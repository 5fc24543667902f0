import type { Level } from '../sessions.js'
import { isReplicated } from '../store/store.js'
import type { Engine } from './engine.js'
import { publicId } from './row.js'

/**
 * The level that a change of this row has reached once the store has taken it. Every validation reads the store itself, so
 * no node can hold an older answer; what remains is that the store could lose the change in a fail-over.
 */
export async function reached(engine: Engine, rowId: string): Promise<Level> {
  if (!isReplicated(engine.store)) return 'everywhere'
  try {
    return (await engine.store.settle(rowId)) === 'durable' ? 'everywhere' : 'stored'
  } catch (error) {
    // The change itself was acknowledged; only its copies are in doubt.
    engine.logger.warn({ sessionId: publicId(rowId), error: String(error) }, 'whether a change has reached the replicas could not be told')
    return 'stored'
  }
}
