import type { Millis } from '../clock.js'
import type { Settings } from '../settings.js'
import { type LimitFacts, limitsOf } from './role-limits.js'

export { limitsOf } from './role-limits.js'

/** What the clocks of a session are judged by. */
export interface LifeFacts extends LimitFacts {
  readonly createdAt: Millis
  /** When the user last proved again who they are, if they did. */
  readonly startedAt?: Millis
  readonly authTime: Millis
  /** When the life that is under way began: at creation or at the last renewal. */
  readonly rotatedAt: Millis
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

/**
 * When a session ends. The ends fixed at its creation hold, and so do today's settings and roles where they are
 * stricter: a limit that an operator tightens, or a role that a session gains, takes effect at once; one that is loosened
 * gives no session more than it was promised.
 */
export function effectiveEnds(settings: Settings, facts: LifeFacts): Ends {
  const limits = limitsOf(settings, facts)
  const absolute = Math.min(
    facts.absoluteEnd,
    facts.durationEnd,
    facts.authTime + limits.absolute,
    (facts.startedAt ?? facts.createdAt) + limits.duration,
  )
  return {
    expires: Math.min(facts.lifetimeEnd, facts.rotatedAt + limits.lifetime, absolute),
    idle: facts.lastActivity + limits.idle,
    absolute,
  }
}

/** Where a renewal at `now` would move the end of the lifetime. */
export function renewedLifetimeEnd(settings: Settings, facts: LifeFacts, now: Millis): Millis {
  return Math.min(now + limitsOf(settings, facts).lifetime, effectiveEnds(settings, facts).absolute)
}

/** When nothing can be done with a session any more, not even renew it: its row may be swept from then on. */
export function lastUse(settings: Settings, facts: LifeFacts): Millis {
  const ends = effectiveEnds(settings, facts)
  return Math.min(ends.idle, ends.absolute, ends.expires + limitsOf(settings, facts).grace)
}
