import type { Clock, Millis } from '../clock.js'

/** A sum of the size of the time since 1970 has lost this much, in milliseconds, to rounding (IEEE 754) at the most. */
const ROUNDING: Millis = 0.001

/**
 * A wall clock that never runs backwards, and never stands still either: where the clock of the machine is put back, time
 * goes on from where it was, by the monotonic clock. So no session lives longer because somebody, or NTP, set the time back.
 * Where it is put forward, that is believed at once: it only ends sessions earlier. Decision 0014.
 */
export function steadyClock(machine: Clock): Clock {
  // The largest distance seen between both clocks. Slewing moves them alike (clock_gettime(2)), so only steps change it.
  let ahead: Millis = Number.NEGATIVE_INFINITY
  return Object.freeze<Clock>({
    now(): Millis {
      // In this order: a pause between the two readings makes the distance too small for once, and never too large for good.
      const wall = machine.now()
      const passed = machine.monotonic()
      ahead = Math.max(ahead, wall - passed)
      return Math.max(wall, Math.floor(passed + ahead + ROUNDING))
    },
    monotonic: () => machine.monotonic(),
    after: (delay, task, hold) => machine.after(delay, task, hold),
  })
}
