import type { Millis } from '../clock.js'
import type { Settings } from '../settings.js'
import { type LimitFacts, limitsOf } from './role-limits.js'

/** How a presented token stands to the current one. */
export type Standing =
  /** It is the current one. */
  | 'current'
  /** It was replaced a moment ago: requests that were under way still carry it. */
  | 'grace'
  /** It was replaced, but the answer with its successor seems to have been lost. */
  | 'unanswered'
  /** Somebody holds on to a token that its owner has long replaced. */
  | 'reused'

/** Judges a token by the generation in it. Whether its secret is right is checked elsewhere. */
export function standing(
  settings: Settings,
  facts: LimitFacts & { readonly generation: number; readonly rotatedAt: Millis; readonly confirmed: boolean },
  presented: number,
  now: Millis,
): Standing {
  if (presented === facts.generation) return 'current'
  if (presented < facts.generation - 1) return 'reused'
  if (now - facts.rotatedAt < limitsOf(settings, facts).grace) return 'grace'
  return facts.confirmed ? 'reused' : 'unanswered'
}
