import type { Changed, Watch, Watching } from '../signal/signal.js'

/** Changes made through one handle, for those in this process who keep rows in memory. */
export interface ChangeLog extends Watching {
  changed(id: string, version: number): void
}

/** Changes that a watch may leave unread; beyond that it is told to forget everything. About 100 KiB each. */
const MOST_UNREAD = 1_000
const NOTHING: readonly Changed[] = Object.freeze([])

export function changeLog(): ChangeLog {
  const watches = new Set<{ unread: Changed[] | 'all' }>()
  return Object.freeze({
    changed(id: string, version: number): void {
      for (const watch of watches) {
        if (watch.unread === 'all') continue
        if (watch.unread.length >= MOST_UNREAD) watch.unread = 'all'
        else watch.unread.push({ id, version })
      }
    },
    watch(): Watch {
      const mine: { unread: Changed[] | 'all' } = { unread: [] }
      watches.add(mine)
      return Object.freeze({
        unheard(): readonly Changed[] | 'all' {
          if (mine.unread.length === 0) return NOTHING
          const { unread } = mine
          mine.unread = []
          return unread
        },
        close(): void {
          watches.delete(mine)
        },
      })
    },
  })
}
