import { fakeClock } from 'sojourn/testing'
import type { CancelTimer, Clock, Millis } from '../../src/clock.js'

/** The fake clock of `sojourn/testing`, which in addition can be set wrong and knows what waits for it. */
export interface BenchClock extends Clock {
  /** Lets time pass, and lets what became due run to its end. */
  advance(millis: Millis): Promise<void>
  /** Sets the wall clock wrong by this much; no time passes. */
  jump(millis: Millis): void
  /** Milliseconds until the next of those timers that were set to at most `reach`, if there is one. */
  nextOf(reach: Millis): Millis | undefined
}

/** Gives everything that is ready to run a turn. */
export async function turn(times = 1): Promise<void> {
  for (let i = 0; i < times; i++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Back-off and deadlines wait this long at most; what waits longer is housekeeping, and no call waits for it. */
export const LONGEST_BACK_OFF: Millis = 5_000

/** Thursday, 15 January 2026, 08:00 UTC. */
export const START: Millis = Date.UTC(2026, 0, 15, 8)

/**
 * `isQuiet` tells whether nothing is under way that no clock of ours moves, such as an answer of a server: time stands still until then.
 */
export function benchClock(isQuiet: () => boolean = () => true): BenchClock {
  const fake = fakeClock(START)
  const waiting = new Set<{ readonly delay: Millis; readonly due: Millis }>()
  const nextDue = (): Millis | undefined => (waiting.size === 0 ? undefined : Math.min(...[...waiting].map(({ due }) => due)))
  async function quiet(): Promise<void> {
    for (let idle = 0; idle < 2; idle++) {
      await turn()
      if (!isQuiet()) idle = -1
    }
  }
  return {
    now: () => fake.now(),
    monotonic: () => fake.monotonic(),
    after(delay: Millis, task: () => void): CancelTimer {
      const entry = { delay, due: fake.monotonic() + delay }
      waiting.add(entry)
      const cancel = fake.after(delay, () => {
        waiting.delete(entry)
        task()
      })
      return () => {
        waiting.delete(entry)
        cancel()
      }
    },
    async advance(millis: Millis): Promise<void> {
      const end = fake.monotonic() + millis
      await quiet()
      for (let due = nextDue(); due !== undefined && due < end; due = nextDue()) {
        await fake.advance(Math.max(0, due - fake.monotonic()))
        await quiet()
      }
      await fake.advance(end - fake.monotonic())
      await quiet()
    },
    jump(millis: Millis): void {
      fake.set(fake.now() + millis)
    },
    nextOf(reach: Millis): Millis | undefined {
      const due = [...waiting].filter(({ delay }) => delay <= reach).map((entry) => entry.due)
      return due.length === 0 ? undefined : Math.max(0, Math.min(...due) - fake.monotonic())
    },
  }
}
