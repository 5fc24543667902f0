import { withRetryAfter } from './with-retry-after.js'

/** How the verbs of the original answer: an error, or nothing. */
export type Callback = (error?: unknown) => void

/**
 * Runs what answers by a callback: with the caller's callback, and `self` for chaining; without one, as a promise. A
 * promise that nobody waits for is no unhandled rejection: who gave no callback asked not to know.
 */
export function answered<Self>(self: Self, callback: Callback | undefined, run: (done: Callback) => unknown): Self | Promise<void> {
  if (typeof callback === 'function') {
    run(callback)
    return self
  }
  const promise = new Promise<void>((resolve, reject) => {
    run((error) => (error === undefined || error === null ? resolve() : reject(error)))
  })
  promise.then(undefined, () => undefined)
  return promise
}

/** Hands what a promise comes to on to a callback, outside of the promise: what the callback throws is not the promise's. */
export function handOn<Value>(promise: Promise<Value>, callback: ((error: unknown, value?: Value | undefined) => void) | undefined): void {
  promise.then(
    (value) => process.nextTick(() => callback?.(null, value)),
    (error: unknown) => process.nextTick(() => callback?.(withRetryAfter(error))),
  )
}
