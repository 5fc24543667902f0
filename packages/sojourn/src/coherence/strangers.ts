import type { Clock, Millis } from '../clock.js'

/** Messages that none of our nodes has sent. All are counted; they are told at most once a second, so that nobody can fill a log with them. */
export interface Strangers {
  heard(channel: string): void
  count(): number
}

const REPORT_EVERY: Millis = 1_000

export function strangers(clock: Clock, report: (channel: string) => void): Strangers {
  let count = 0
  let reported = Number.NEGATIVE_INFINITY
  return Object.freeze({
    heard(channel: string): void {
      count++
      if (clock.monotonic() - reported < REPORT_EVERY) return
      reported = clock.monotonic()
      report(channel)
    },
    count: () => count,
  })
}
