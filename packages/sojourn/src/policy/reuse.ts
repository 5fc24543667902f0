import type { Millis } from '../clock.js'
import type { Settings } from '../settings.js'
import { type LifeFacts, limitsOf } from './lifetime.js'

/**
 * What it means that a token was presented after it had been replaced: `recent`, tabs of one browser at the same moment;
 * `stale`, an answer that was lost on its way; `theft`, a copy that somebody kept.
 */
export type Reuse = 'recent' | 'stale' | 'theft'

/** For a token whose successor may be given again: with theft there is none. */
export function repeatedReuse(settings: Settings, facts: LifeFacts, now: Millis): Reuse {
  return now - facts.rotatedAt < limitsOf(settings, facts).grace ? 'recent' : 'stale'
}
