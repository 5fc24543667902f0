import type { Clock, Millis, Reading } from '../clock.js'

/** A sum of the size of the time since 1970 has lost this much, in milliseconds, to rounding (IEEE 754) at the most. */
const ROUNDING: Millis = 0.001

/** The clock of the engine. */
export interface SteadyClock extends Clock {
  /** Reads the clocks of the machine, for several questions about this instant. It is the same object each time: nobody keeps it. */
  read(): Reading
  /** What `now` says of the instant of a reading, which was made just now. */
  at(reading: Reading): Millis
}

/**
 * A wall clock that never runs backwards, and never stands still either: where the clock of the machine is put back, time
 * goes on from where it was, by the monotonic clock. So no session lives longer because somebody, or NTP, set the time back.
 * Where it is put forward, that is believed at once: it only ends sessions earlier. Decision 0014.
 */
export function steadyClock(machine: Clock): SteadyClock {
  // The largest distance seen between both clocks. Slewing moves them alike (clock_gettime(2)), so only steps change it.
  let ahead: Millis = Number.NEGATIVE_INFINITY
  const at: [wall: Millis, monotonic: Millis] = [0.5, 0.5]
  const reading: Reading = Object.freeze({ clock: machine, at })
  function steady(wall: Millis, passed: Millis): Millis {
    const distance = wall - passed
    // Written only if it has grown: each writing of a number that a closure shares makes an object.
    if (distance > ahead) ahead = distance
    return Math.max(wall, Math.floor(passed + ahead + ROUNDING))
  }
  return Object.freeze<SteadyClock>({
    now(): Millis {
      // In this order: a pause between the two readings makes the distance too small for once, and never too large for good.
      const wall = machine.now()
      return steady(wall, machine.monotonic())
    },
    read(): Reading {
      at[0] = machine.now()
      at[1] = machine.monotonic()
      return reading
    },
    at: (reading) => steady(reading.at[0], reading.at[1]),
    monotonic: () => machine.monotonic(),
    after: (delay, task, hold) => machine.after(delay, task, hold),
  })
}
