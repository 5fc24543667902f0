import type { Millis } from '../clock.js'
import type { Settings } from '../settings.js'
import { effectiveEnds, type LifeFacts, lastUse, limitsOf } from './lifetime.js'

export interface Expired {
  readonly expired: 'idle' | 'lifetime' | 'absolute'
  readonly renewable: boolean
}

/** Which clock of a session has run out, or undefined. At the very instant of its end a session has ended. */
export function expiry(settings: Settings, facts: LifeFacts & { readonly renewals: number }, now: Millis): Expired | undefined {
  const ends = effectiveEnds(settings, facts)
  if (now >= ends.absolute) return { expired: 'absolute', renewable: false }
  if (now >= ends.idle) return { expired: 'idle', renewable: false }
  if (now < ends.expires) return undefined
  return { expired: 'lifetime', renewable: now < lastUse(settings, facts) && facts.renewals < limitsOf(settings, facts).maxRenewals }
}
