import type { Row } from '../store/store.js'
import type { BoundedRows } from './bounded-rows.js'
import type { Freshness } from './freshness.js'

/** Decides which rows get into memory: none that a change has overtaken on its way there. */
export interface FillGuard {
  /** Runs something that ends in knowing a row, and keeps the row if nothing newer was heard of meanwhile. */
  run<Answer>(id: string, work: () => Promise<Answer>, rowIn: (answer: Answer) => Row | undefined): Promise<Answer>
  /** A change was heard: nothing older is kept of what is under way. */
  changed(id: string, version: number): void
  /** Changes may have gone unheard: nothing is kept of what is under way. */
  flush(): void
  /** How often it was flushed. */
  epoch(): number
}

/** Something under way that will know a row: a read, or a write of our own. */
interface Watch {
  /** The newest version heard of meanwhile. */
  seen: number
  users: number
}

/**
 * What was learnt while nobody vouched for its place is kept in doubt: the place may be another one by the time that somebody vouches
 * again.
 */
export function fillGuard(rows: BoundedRows, freshness: Freshness): FillGuard {
  const watches = new Map<string, Watch>()
  let epoch = 0

  return Object.freeze<FillGuard>({
    async run(id, work, rowIn) {
      const wasFresh = freshness.isFresh(id)
      const begun = epoch
      const watch = watches.get(id) ?? { seen: 0, users: 0 }
      watch.users++
      watches.set(id, watch)
      try {
        const answer = await work()
        const row = rowIn(answer)
        // First, since to find out may be to hear of a change.
        const isFresh = wasFresh && freshness.isFresh(id)
        if (row !== undefined && epoch === begun && row.version >= watch.seen) rows.put(row, isFresh)
        return answer
      } finally {
        if (--watch.users === 0) watches.delete(id)
      }
    },
    changed(id, version) {
      const watch = watches.get(id)
      if (watch !== undefined) watch.seen = Math.max(watch.seen, version)
    },
    flush() {
      epoch++
    },
    epoch: () => epoch,
  })
}
