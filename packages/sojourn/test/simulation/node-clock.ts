import type { Clock } from '../../src/clock.js'
import type { Process, Schedule } from './schedule.js'

/** The clock of one machine: it may run fast or slow, be put forward or back, and stand still while the machine sleeps. */
export interface NodeClock extends Clock {
  /** The process that timers set from now on belong to. */
  process: Process
  /** Puts the wall clock forward or back; the monotonic clock does not notice. */
  jump(by: number): void
  /** The machine slept: the wall clock is right again, the monotonic clock did not run. */
  slept(length: number): void
}

const EPOCH = Date.UTC(2026, 0, 1)

/** `rate` is how much faster than the world it runs: 0.01 for one second in a hundred. */
export function nodeClock(world: Schedule, rate: number, offset: number, process: Process): NodeClock {
  let wall = EPOCH + offset
  let still = 0
  const factor = 1 + rate
  const clock: NodeClock = {
    process,
    now: () => Math.floor(wall + world.now() * factor),
    monotonic: () => 1_000 + world.now() * factor - still,
    after: (delay, task) => world.at(world.now() + Math.max(0, delay) / factor, task, clock.process, 'timer'),
    soon(task) {
      world.at(world.now(), task, clock.process)
    },
    jump(by) {
      wall += by
    },
    slept(length) {
      still += length * factor
    },
  }
  return clock
}
