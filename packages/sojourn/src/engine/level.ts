import type { Level } from '../session.js'
import type { Engine } from './engine.js'

/** The level that a change of this row, or of this user, has reached now that the store has taken it. */
export async function reached(engine: Engine, id: string, absent?: 'absent'): Promise<Level> {
  // Only this node knows the session, so nobody else has to hear of it.
  if (engine.provisional?.isHere(id) === true) return 'local'
  const begun = engine.clock.monotonic()
  const level = await engine.coherence.reached(id, absent)
  if (level === 'everywhere') engine.visible.note(engine.clock.monotonic() - begun)
  return level
}
