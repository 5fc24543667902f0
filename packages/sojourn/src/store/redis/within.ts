import type { Clock, Millis } from '../../clock.js'

/**
 * The outcome of `work`, or a rejection once `wait` is over; `onLate` is called just before. What `work` comes to
 * afterwards is dropped.
 */
export function within<T>(clock: Clock, wait: Millis, work: Promise<T>, onLate?: (cause: Error) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let isSettled = false
    const refuse = (): void => {
      if (isSettled) return
      const cause = tooLate(wait)
      onLate?.(cause)
      reject(cause)
    }
    const cancel = clock.after(wait, () => {
      void afterReading().then(refuse)
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

/**
 * After a pause of the whole process timers run before sockets are read: the answer that seems late may lie there already.
 * Resolves when they have been read.
 */
export const afterReading = (): Promise<unknown> => new Promise(setImmediate)

export const tooLate = (wait: Millis): Error => new Error(`Redis did not answer within ${Math.round(wait)} ms.`)
