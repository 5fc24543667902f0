/** Runs tasks of one name one after the other, those of different names beside each other. */
export interface Turns {
  /** `task` learns whether it had to wait. */
  take<T>(name: string, task: (waited: boolean) => Promise<T>): Promise<T>
}

/** Turns in this process. Of all who change one index only one per process contends for it, or each change would cost all others a try. */
export function turns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return {
    take(name, task) {
      const before = last.get(name)
      const mine = before === undefined ? task(false) : before.then(() => task(true))
      const done = mine.then(ignore, ignore).then(() => {
        if (last.get(name) === done) last.delete(name)
      })
      last.set(name, done)
      return mine
    },
  }
}

/** How a task ended is its caller's affair; the next one only has to know that it did. */
const ignore = (): void => undefined
