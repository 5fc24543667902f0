import type { Millis } from '../clock.js'
import type { Level } from '../session.js'
import type { Engine } from './engine.js'

const ORDER: readonly Level[] = ['local', 'stored', 'durable', 'everywhere']

/** The weaker one of two. */
export const weaker = (one: Level, other: Level): Level => (ORDER.indexOf(one) < ORDER.indexOf(other) ? one : other)

/**
 * The level that a change of this row, or of this user, has reached now that the store has taken it. `begun`: an instant of the
 * monotonic clock before its first write.
 */
export async function reached(engine: Engine, id: string, begun: Millis, absent?: 'absent'): Promise<Level> {
  // Only this node knows the session, so nobody else has to hear of it.
  if (engine.provisional?.isHere(id) === true) return 'local'
  const asked = engine.clock.monotonic()
  const level = await engine.coherence.reached(id, asked - begun, absent)
  if (level === 'everywhere') engine.visible.note(engine.clock.monotonic() - asked)
  return level
}
