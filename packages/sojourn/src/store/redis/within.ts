import type { Clock, Millis } from '../../clock.js'

/**
 * The outcome of `work`, or a rejection once `wait` is over; `onLate` is called just before. What `work` comes to
 * afterwards is dropped.
 */
export function within<T>(clock: Clock, wait: Millis, work: Promise<T>, onLate?: (cause: Error) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let isSettled = false
    const cancel = clock.after(wait, () => {
      // After a pause of the whole process timers run before sockets are read: the answer may lie there already.
      setImmediate(() => {
        if (isSettled) return
        const cause = new Error(`Redis did not answer within ${Math.round(wait)} ms.`)
        onLate?.(cause)
        reject(cause)
      })
    })
    work.then(
      (outcome) => {
        isSettled = true
        cancel()
        resolve(outcome)
      },
      (fault: unknown) => {
        isSettled = true
        cancel()
        reject(fault instanceof Error ? fault : new Error('The driver of Redis failed.'))
      },
    )
  })
}
