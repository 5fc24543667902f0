import type { Level } from '../sessions.js'

/**
 * The level that a change has reached once the store has taken it. Every validation reads the store itself, so no node can
 * hold an older answer; the stores of this version keep one copy.
 */
export function reached(): Level {
  return 'everywhere'
}
