import type { Millis } from '../clock.js'
import type { Settings } from '../settings.js'
import { type LimitFacts, limitsOf } from './role-limits.js'

/** Whether it is so long ago that the user proved who they are that they have to do it again before the session is used. */
export function isStale(settings: Settings, facts: LimitFacts & { readonly authTime: Millis }, now: Millis): boolean {
  return now >= facts.authTime + limitsOf(settings, facts).reauthAfter
}
