import type { Level } from '../sessions.js'
import type { Engine } from './engine.js'

/** The level that a change of this row, or of this user, has reached now that the store has taken it. */
export function reached(engine: Engine, id: string, absent?: 'absent'): Promise<Level> {
  return engine.coherence.reached(id, absent)
}
