import { type PendingEnd, pendingEndId } from './pending-end.js'

/** Ends, each once, the latest last. */
export interface LatestEnds {
  add(end: PendingEnd): void
  all(): readonly PendingEnd[]
  count(): number
}

/** Ends kept to be made again; the oldest makes room. About 5 MiB. */
export const MOST_ENDS = 10_000

export function latestEnds(known: Iterable<PendingEnd>): LatestEnds {
  const ends = new Map<string, PendingEnd>()
  const add = (end: PendingEnd): void => {
    const id = pendingEndId(end)
    ends.delete(id)
    ends.set(id, end)
    const [oldest] = ends.size > MOST_ENDS ? ends.keys() : []
    if (oldest !== undefined) ends.delete(oldest)
  }
  for (const end of known) add(end)
  return Object.freeze({ add, all: () => [...ends.values()], count: () => ends.size })
}
