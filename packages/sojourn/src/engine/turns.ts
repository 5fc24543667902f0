/** Runs tasks that share a key one after the other, in the order in which they came. */
export interface Turns {
  take<Result>(key: string, task: () => Promise<Result>): Promise<Result>
}

/**
 * Turns within this process. They protect nothing, the store's compare-and-set does; they spare a hundred parallel requests
 * of one session from beating each other a hundred times.
 */
export function turns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return Object.freeze({
    take<Result>(key: string, task: () => Promise<Result>): Promise<Result> {
      const before = last.get(key)
      const mine = before === undefined ? task() : before.then(task, task)
      last.set(key, mine)
      const leave = (): void => {
        if (last.get(key) === mine) last.delete(key)
      }
      mine.then(leave, leave)
      return mine
    },
  })
}
