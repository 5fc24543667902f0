import type { Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import type { Row, ScanPage, ScanRange } from './store.js'

/** Bounds what one page costs in memory and in time that nobody else gets. */
export const MAX_PAGE_ROWS = 1_000

/** A place in the walk: behind the row that had this expiry and this id, whether or not it is still there. */
export interface ScanPlace {
  readonly expiresAt: Millis
  readonly id: string
}

/**
 * The place at which a page begins; undefined for the first page. Throws `INVALID_ARGUMENT` for a limit that is not 1 to
 * 1,000 or an `after` that no page has answered.
 */
export function scanPlace(range: ScanRange): ScanPlace | undefined {
  if (!Number.isInteger(range.limit) || range.limit < 1 || range.limit > MAX_PAGE_ROWS) {
    throw new SessionError('INVALID_ARGUMENT', `A page holds 1 to ${MAX_PAGE_ROWS} rows.`, { path: 'limit' })
  }
  if (range.after === undefined) return undefined
  const [, expiresAt, id] = /^(-?\d{1,16})\.([\w-]{1,64})$/.exec(range.after) ?? []
  if (expiresAt === undefined || id === undefined) {
    throw new SessionError('INVALID_ARGUMENT', 'This is not a place in a walk. Pass the `next` of the page before, unchanged.', {
      path: 'after',
    })
  }
  return { expiresAt: Number(expiresAt), id }
}

/** The page made of `rows`, of which one more than `limit` was asked for: whether it is there tells if the walk goes on. */
export function scanPage(rows: Row[], limit: number): ScanPage {
  if (rows.length <= limit) return { rows }
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return last === undefined ? { rows: page } : { rows: page, next: `${last.expiresAt}.${last.id}` }
}
