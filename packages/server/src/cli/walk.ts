import type { SessionQuery } from 'sojourn'
import type { SessionRecord } from './session-record.js'
import type { Target } from './target.js'

/** The largest page that a search gives. */
const PAGE = 500

/** All sessions that a query finds, page by page, at most `limit`. */
export async function* walk(
  target: Pick<Target, 'search'>,
  query: Omit<SessionQuery, 'limit' | 'after'>,
  limit: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<SessionRecord> {
  let left = limit
  let after: string | undefined
  do {
    const page = await target.search({ ...query, limit: Math.min(PAGE, left), ...(after === undefined ? {} : { after }) })
    yield* page.sessions.slice(0, left)
    left -= page.sessions.length
    after = page.next
  } while (after !== undefined && left > 0)
}
