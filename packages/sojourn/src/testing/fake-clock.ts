import type { Clock, Millis } from '../clock.js'

/** A clock that moves only when it is told to. */
export interface FakeClock extends Clock {
  /**
   * Lets `delay` milliseconds pass: the timers that come due run in the order of their times, those of the same instant in
   * the order in which they were set, and what they started settles before the next one runs. Rejects with what a timer threw.
   */
  advance(delay: Millis): Promise<void>
  /** Puts the wall clock to another time, as an administrator would. No time passes: timers and `monotonic` do not notice. */
  set(now: Millis): void
}

/** An arbitrary instant, the same in each run: 2026-01-01T00:00:00Z. */
const START: Millis = Date.UTC(2026, 0, 1)

/** A timer that sets itself again without delay would let `advance` run for ever. */
const MOST_TIMERS = 100_000

interface Timer {
  readonly due: Millis
  readonly task: () => void
}

export function fakeClock(start: Millis = START): FakeClock {
  let passed: Millis = 0
  let offset = start
  let isAdvancing = false
  // In the order in which they were set.
  const timers = new Set<Timer>()

  const nextUntil = (end: Millis): Timer | undefined => {
    let next: Timer | undefined
    for (const timer of timers) {
      if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer
    }
    return next
  }

  const runUntil = async (end: Millis): Promise<void> => {
    await settle()
    for (let count = 0; ; count++) {
      const timer = nextUntil(end)
      if (timer === undefined) break
      if (count >= MOST_TIMERS) throw new Error(`More than ${MOST_TIMERS} timers ran in one advance: one of them sets itself again.`)
      timers.delete(timer)
      passed = Math.max(passed, timer.due)
      timer.task()
      await settle()
    }
    passed = end
  }

  return {
    now: () => offset + passed,
    monotonic: () => passed,
    after(delay, task) {
      const timer = { due: passed + Math.max(0, delay), task }
      timers.add(timer)
      return () => {
        timers.delete(timer)
      }
    },
    async advance(delay) {
      if (!(delay >= 0)) throw new RangeError('Time passes forwards only; use set() to put the wall clock back.')
      if (isAdvancing) throw new Error('The clock is already being advanced. Await the call before.')
      isAdvancing = true
      try {
        await runUntil(passed + delay)
      } finally {
        isAdvancing = false
      }
    },
    set(now) {
      offset = now - passed
    },
  }
}

/** Immediates run after all microtasks, also those that microtasks add. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
