import type { Clock, Millis } from '../../clock.js'
import { lateFault } from './fault.js'

/** The answer of `work`, or a fault once `limit` is over; `onLate` then cleans up, and what `work` comes to is not heard. */
export function within<T>(clock: Clock, limit: Millis, work: () => Promise<T>, onLate: () => void): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.after(limit, () => {
      reject(lateFault(limit))
      onLate()
    })
    work().then(
      (answer) => {
        cancel()
        resolve(answer)
      },
      (fault: unknown) => {
        cancel()
        reject(fault)
      },
    )
  })
}
