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
  /** Runs `task` once, `delay` milliseconds from now. Does not keep the process alive. */
  after(delay: Millis, task: () => void): CancelTimer
}

/** The clock of this machine. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delay: Millis, task: () => void): CancelTimer {
    const timer = setTimeout(task, delay)
    timer.unref()
    return () => clearTimeout(timer)
  },
})

/** Resolves `delay` milliseconds from now by `clock`. */
export function sleep(clock: Clock, delay: Millis): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delay, resolve)
  })
}

/** Resolves after whatever else is waiting in this turn of the event loop has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
