/** Milliseconds: since the Unix epoch where an instant is meant, else a length of time. */
export type Millis = number

/** Ends a timer; calling it again does nothing. */
export type CancelTimer = () => void

/** The only source of time. Everything that waits or reads the time takes one, so tests never sleep. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. */
  now(): Millis
  /** Milliseconds from an arbitrary start that never jump or run backwards, with fractions: for durations. */
  monotonic(): Millis
  /**
   * Runs `task` once, `delay` milliseconds from now. With `hold` the process is kept alive until then: for a pause in
   * something that a caller waits for; without it the timer is no reason to stay.
   */
  after(delay: Millis, task: () => void, hold?: 'hold'): CancelTimer
  /**
   * Runs `task` after whatever else is waiting in this turn of the event loop. A clock without it has the turns of this
   * process; a simulated one, in which there are several processes, has its own.
   */
  soon?(task: () => void): void
}

/** What both clocks of a machine said at one instant, for several questions about that instant. */
export interface Reading {
  /** Whose they are: it tells nothing about another clock. */
  readonly clock: Clock
  /** In one list: a number of this size that is a field of an object takes an object of its own. */
  readonly at: readonly [wall: Millis, monotonic: Millis]
}

/** The clock of this machine. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delay: Millis, task: () => void, hold?: 'hold'): CancelTimer {
    const timer = setTimeout(task, delay)
    if (hold === undefined) timer.unref()
    return () => clearTimeout(timer)
  },
})

/** Resolves `delay` milliseconds from now by `clock`, and keeps the process alive until then. */
export function sleep(clock: Clock, delay: Millis): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delay, resolve, 'hold')
  })
}

/** Resolves after whatever else is waiting in this turn of the event loop has run. */
export function nextTurn(clock?: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (clock?.soon === undefined) setImmediate(resolve)
    else clock.soon(resolve)
  })
}
