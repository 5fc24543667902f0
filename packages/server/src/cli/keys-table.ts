import { relative } from './relative.js'
import { table } from './table.js'
import type { KeyRecord } from './target.js'
import { shown } from './text.js'

/** What people call the uses of keys. */
const USES = Object.freeze({ data: 'records', token: 'tokens', signing: 'signatures' } as const)

/** Lines of a table of keys, the titles first. */
export function keysTable(keys: readonly KeyRecord[], now: number, columns: number | undefined): string[] {
  return table(
    [
      { title: 'KEY', text: ({ id }) => shown(id), least: 8 },
      { title: 'FOR', text: ({ use }) => USES[use] },
      { title: 'STATE', text: ({ state }) => state },
      { title: 'SINCE', text: ({ since }) => relative(since, now) },
    ],
    keys,
    columns ?? Number.POSITIVE_INFINITY,
  )
}
