import type { CancelTimer, Clock, Millis } from '../../clock.js'
import { afterReading } from './within.js'

/** Watches over many waits with one timer: one for each would cost as much as the command that it watches. */
export interface Overdue {
  /** Starts a wait; calling what it answers ends it. */
  start(length: Millis): () => void
  stop(): void
}

interface Wait {
  readonly length: Millis
  readonly until: Millis
  isOver: boolean
}

/** Finished waits are dropped in heaps: taking one out of an array moves all others. */
const HEAP = 1_024

/** Calls `onLate` when a wait has lasted for its length. */
export function overdue(clock: Clock, onLate: (length: Millis) => void): Overdue {
  let waits: Wait[] = []
  let first = 0
  let due = Number.POSITIVE_INFINITY
  let cancel: CancelTimer | undefined

  const watch = (until: Millis, now: Millis): void => {
    cancel?.()
    due = until
    cancel = clock.after(Math.max(until - now, 0), look)
  }
  const judge = (wait: Wait): void => {
    if (wait.isOver) look()
    else onLate(wait.length)
  }
  const look = (): void => {
    due = Number.POSITIVE_INFINITY
    waits = waits.slice(first).filter(({ isOver }) => !isOver)
    first = 0
    const now = clock.monotonic()
    const late = waits.find(({ until }) => until <= now)
    if (late !== undefined) void afterReading().then(() => judge(late))
    else if (waits.length > 0)
      watch(
        waits.reduce((least, { until }) => Math.min(least, until), due),
        now,
      )
  }
  return {
    start(length) {
      const now = clock.monotonic()
      const wait: Wait = { length, until: now + length, isOver: false }
      waits.push(wait)
      if (wait.until < due) watch(wait.until, now)
      return () => {
        wait.isOver = true
        while (waits[first]?.isOver) first++
        if (first < HEAP && first < waits.length) return
        waits = first === waits.length ? [] : waits.slice(first)
        first = 0
      }
    },
    stop: () => cancel?.(),
  }
}
