import type { Millis } from '../clock.js'
import type { Settings } from '../settings.js'
import { effectiveEnds, type LifeFacts, limitsOf, renewedLifetimeEnd } from './lifetime.js'

export type RenewalVerdict =
  | { readonly kind: 'due'; readonly lifetimeEnd: Millis }
  | { readonly kind: 'early'; readonly wait: Millis }
  | { readonly kind: 'exhausted' }

interface RenewalFacts extends LifeFacts {
  readonly renewals: number
}

/** Whether a session may be renewed at `now`. Whether it lives at all is another rule's business. */
export function renewal(settings: Settings, facts: RenewalFacts, now: Millis): RenewalVerdict {
  const { maxRenewals, threshold } = limitsOf(settings, facts)
  if (facts.renewals >= maxRenewals) return { kind: 'exhausted' }
  const left = effectiveEnds(settings, facts).expires - now
  if (left > threshold) return { kind: 'early', wait: left - threshold }
  return { kind: 'due', lifetimeEnd: renewedLifetimeEnd(settings, facts, now) }
}

/**
 * Whether a validation should renew by itself. Not when no life could be gained, and not again within the grace of the
 * last time: with a threshold as long as the lifetime every single request would rotate the token.
 */
export function autoRenewal(settings: Settings, facts: RenewalFacts, now: Millis): boolean {
  if (!settings.renewal.auto || facts.stage !== undefined || now - facts.rotatedAt < limitsOf(settings, facts).grace) return false
  const verdict = renewal(settings, facts, now)
  return verdict.kind === 'due' && verdict.lifetimeEnd > effectiveEnds(settings, facts).expires
}

/** The first instant at which `autoRenewal` may be true of these facts; infinite if it never is. */
export function autoRenewalFrom(settings: Settings, facts: RenewalFacts): Millis {
  const { maxRenewals, threshold, grace } = limitsOf(settings, facts)
  if (!settings.renewal.auto || facts.renewals >= maxRenewals) return Number.POSITIVE_INFINITY
  return Math.max(effectiveEnds(settings, facts).expires - threshold, facts.rotatedAt + grace)
}
