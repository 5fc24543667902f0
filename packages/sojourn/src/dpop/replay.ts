import type { Millis } from '../clock.js'

/** Counts proofs, so that whoever has a key cannot fill the store with them. */
export interface ProofCount {
  /** Notes one more proof of this key. False when there were too many: then it must not be accepted (fail closed). */
  note(jkt: string, now: Millis): boolean
}

/** In one window, by one key: fifty requests in each second of the two minutes that a proof lives. */
export const MOST_OF_ONE_KEY = 6_000
/** In one window, in one process. A row is below 300 bytes, so this is 60 MB in the store at most. */
export const MOST_OF_ALL = 200_000

interface Window {
  readonly start: Millis
  readonly byKey: Map<string, number>
  all: number
}

/** Counts in windows as long as a proof lives: what an older one counted has left the store. */
export function proofCount(length: Millis, most: number = MOST_OF_ALL, mostOfOne: number = MOST_OF_ONE_KEY): ProofCount {
  let window: Window = { start: 0, byKey: new Map(), all: 0 }
  return Object.freeze({
    note(jkt: string, now: Millis): boolean {
      if (now - window.start >= length || now < window.start) window = { start: now, byKey: new Map(), all: 0 }
      const own = window.byKey.get(jkt) ?? 0
      if (own >= mostOfOne || window.all >= most) return false
      window.byKey.set(jkt, own + 1)
      window.all++
      return true
    },
  })
}
