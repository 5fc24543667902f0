import type { Millis } from '../clock.js'
import type { RevocationDelay } from '../manager.js'

/** How long it took, from the moment at which the store had an end, until no node accepted the session any more. */
export interface Visible {
  note(took: Millis): void
  delay(): RevocationDelay
}

export function visible(): Visible {
  let delay: RevocationDelay = {}
  return Object.freeze({
    note(took: Millis): void {
      delay = Object.freeze({ last: took, longest: Math.max(delay.longest ?? 0, took) })
    },
    delay: () => delay,
  })
}
