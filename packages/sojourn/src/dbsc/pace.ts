import type { Millis } from '../clock.js'

/** How often each binding was refreshed of late, in this process. */
export interface Pace {
  /** Seconds to wait; 0 for one that may go on. */
  wait(name: string, now: Millis): number
}

const WINDOW: Millis = 60_000
/** A browser refreshes once in the life of a cookie, in two requests; twenty leave room for many tabs after a long sleep. */
const MOST = 20
/** Above this many in one minute the count begins anew: it protects the store, and must not become a burden itself. */
const MOST_NAMES = 50_000

/** Counts in windows of one minute. */
export function pace(): Pace {
  let start: Millis = 0
  let counts = new Map<string, number>()
  return Object.freeze({
    wait(name: string, now: Millis): number {
      if (now - start >= WINDOW || now < start || counts.size >= MOST_NAMES) {
        start = now
        counts = new Map()
      }
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      return count <= MOST ? 0 : Math.ceil((start + WINDOW - now) / 1_000)
    },
  })
}
