/**
 * Starts `count` calls at once and answers their results in order. Each begins in a turn of its own half of the time, so
 * that calls overlap in different ways also on stores that answer within a turn.
 */
export function race<T>(count: number, call: (place: number) => Promise<T>): Promise<T[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, place) => {
      if (place % 2 === 1) await turn()
      return call(place)
    }),
  )
}

/** Lets everything else run once. Without it, loops on a store in memory keep the event loop to themselves. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
