/** Rounds of which one runs at a time: who comes while it runs shares the next one, which sees all that was done before. */
export interface Rounds<T> {
  join(round: () => Promise<T>): Promise<T>
}

/** `onIdle` is called when no round runs and nobody waits for one. */
export function rounds<T>(onIdle: () => void): Rounds<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined

  const start = (round: () => Promise<T>): Promise<T> => {
    const started = round().finally(() => {
      if (running === started) running = undefined
      if (running === undefined && next === undefined) onIdle()
    })
    running = started
    return started
  }
  return {
    join(round) {
      if (running === undefined) return start(round)
      const begin = (): Promise<T> => {
        next = undefined
        return start(round)
      }
      next ??= running.then(begin, begin)
      return next
    },
  }
}
