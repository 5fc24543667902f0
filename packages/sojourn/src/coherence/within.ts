import { type CancelTimer, type Clock, type Millis, nextTurn } from '../clock.js'

/** Rejects once `wait` has passed; the timer does not outlive the answer. */
export function within<Answer>(clock: Clock, wait: Millis, answer: Promise<Answer>): Promise<Answer> {
  let cancel: CancelTimer = () => undefined
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(wait, () => {
      // A process that was busy finds its timers over before it has looked at what has come in meanwhile.
      void nextTurn(clock)
        .then(() => nextTurn(clock))
        .then(() => reject(new Error(`Nothing was heard for ${wait} ms.`)))
    })
  })
  return Promise.race([answer, late]).finally(cancel)
}
