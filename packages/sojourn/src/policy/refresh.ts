import type { Millis } from '../clock.js'
import type { Settings } from '../settings.js'
import { type LifeFacts, limitsOf } from './lifetime.js'
import { renewal } from './renewal.js'

export interface RefreshPlan {
  /** Whether the refresh token is replaced as well. */
  readonly rotates: boolean
  /** Set when the session gets more life, which counts as a renewal. */
  readonly lifetimeEnd?: Millis
}

interface RefreshFacts extends LifeFacts {
  readonly renewals: number
  readonly pairSince?: number
}

/**
 * What the presentation of a refresh token does beside giving a new access token, which it always does. The life of the
 * session grows when it is time for a renewal and as often as is allowed; until it ends, access tokens can be had.
 */
export function refreshPlan(settings: Settings, facts: RefreshFacts, now: Millis): RefreshPlan {
  const { pair, rotation } = settings.tokens
  const isAged = rotation === 'interval' && now - facts.rotatedAt >= limitsOf(settings, facts).threshold
  // A token that was both until today, or is to be both from today on, is replaced, whatever the policy.
  const converts = (facts.pairSince !== undefined) !== pair
  const verdict = renewal(settings, facts, now)
  const grows = verdict.kind === 'due' && verdict.lifetimeEnd > facts.lifetimeEnd
  return { rotates: converts || isAged || rotation === 'always', ...(grows ? { lifetimeEnd: verdict.lifetimeEnd } : {}) }
}
