import type { Clock, Millis } from '../../clock.js'

/** The instant by which a verb has to have its answer. */
export interface Deadline {
  /** Milliseconds until then; 0 when it has passed. */
  left(): Millis
}

/** The instant `limit` milliseconds from now. */
export function deadlineIn(clock: Clock, limit: Millis): Deadline {
  const end = clock.monotonic() + limit
  return { left: () => Math.max(0, end - clock.monotonic()) }
}

/** Settles as `work` does, or rejects when the deadline passes first. What `work` still does then is its own affair. */
export function within<T>(clock: Clock, deadline: Deadline, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(deadline.left(), () => reject(new Error('memcached did not answer in time.')))
    work.then(resolve, reject).finally(cancel)
  })
}
