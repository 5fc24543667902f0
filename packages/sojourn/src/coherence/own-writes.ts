import type { Store } from '../store/store.js'
import type { Announcements } from './announcements.js'
import type { BoundedRows } from './bounded-rows.js'
import type { FillGuard } from './fill-guard.js'
import type { NearStore } from './near-store.js'

export interface OwnWritesOptions {
  readonly store: Store
  readonly rows: BoundedRows
  readonly guard: FillGuard
  readonly said: Pick<Announcements, 'message' | 'dropped'>
  /** What is older than this version of a row is to be forgotten. */
  readonly changed: (id: string, version: number) => void
}

/** The writes of this node: what the store has taken is kept in memory, and each change goes with the message that tells the others. */
export function ownWrites({ store, rows, guard, said, changed }: OwnWritesOptions): Pick<NearStore, 'insert' | 'replace' | 'remove'> {
  return {
    async insert(row, unkept) {
      if (unkept === 'unkept') return await store.insert(row)
      return await guard.run(
        row.id,
        () => store.insert(row),
        (count) => (count > 0 ? row : undefined),
      )
    },
    async replace(row, quiet) {
      const message = quiet === 'quiet' ? undefined : said.message(row.id, row.version)
      try {
        const done = await guard.run(
          row.id,
          () => store.replace(row, message),
          (isDone) => (isDone ? row : undefined),
        )
        // Ours, or what is in memory, was not the newest.
        if (!done) rows.delete(row.id)
        if (!done) said.dropped(row.id)
        return done
      } catch (error) {
        said.dropped(row.id)
        changed(row.id, row.version)
        throw error
      }
    },
    async remove(id, version) {
      try {
        return await store.remove(id, version, said.message(id, Number.POSITIVE_INFINITY))
      } finally {
        // Whether it was there is not asked again.
        said.dropped(id)
        changed(id, Number.POSITIVE_INFINITY)
      }
    },
  }
}
