import type { Millis } from '../clock.js'
import type { Limits, Settings } from '../settings.js'

/** What the clocks of a session are judged by. */
export interface LifeFacts {
  readonly rememberMe: boolean
  readonly createdAt: Millis
  readonly authTime: Millis
  readonly lifetimeEnd: Millis
  readonly durationEnd: Millis
  readonly absoluteEnd: Millis
  readonly lastActivity: Millis
}

/** The instants at which a session ends. */
export interface Ends {
  /** The earliest end that use does not move: lifetime, longest duration or absolute limit. */
  readonly expires: Millis
  readonly idle: Millis
  /** The end that nothing but a new authentication moves. */
  readonly absolute: Millis
}

/** The limits that hold for this kind of session. */
export function limitsOf(settings: Settings, facts: { readonly rememberMe: boolean }): Limits {
  return facts.rememberMe ? settings.remembered : settings.ordinary
}

/**
 * When a session ends. The ends fixed at its creation hold, and so do today's settings where they are stricter: a limit
 * that an operator tightens takes effect at once, one that is loosened gives no session more than it was promised.
 */
export function effectiveEnds(settings: Settings, facts: LifeFacts): Ends {
  const limits = limitsOf(settings, facts)
  const absolute = Math.min(facts.absoluteEnd, facts.durationEnd, facts.authTime + limits.absolute, facts.createdAt + limits.duration)
  return { expires: Math.min(facts.lifetimeEnd, absolute), idle: facts.lastActivity + limits.idle, absolute }
}

/** Where a renewal at `now` would move the end of the lifetime. */
export function renewedLifetimeEnd(settings: Settings, facts: LifeFacts, now: Millis): Millis {
  return Math.min(now + limitsOf(settings, facts).lifetime, effectiveEnds(settings, facts).absolute)
}

/** When nothing can be done with a session any more, not even renew it: its row may be swept from then on. */
export function lastUse(settings: Settings, facts: LifeFacts): Millis {
  const ends = effectiveEnds(settings, facts)
  return Math.min(ends.idle, ends.absolute, ends.expires + settings.renewal.grace)
}
