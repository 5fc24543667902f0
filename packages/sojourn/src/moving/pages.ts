import type { Row, ScannableStore } from '../store/store.js'

const PAGE_ROWS = 500
/** Beyond the last instant that a Date can show, at which the key ring expires. */
const END = Number.MAX_SAFE_INTEGER

/** All rows of a store, a page at a time; none is held longer than its page. */
export async function* pagesOf(store: ScannableStore): AsyncGenerator<readonly Row[], void, undefined> {
  let after: string | undefined
  do {
    const page = await store.scan({ from: 0, to: END, limit: PAGE_ROWS, ...(after === undefined ? {} : { after }) })
    if (page.rows.length > 0) yield page.rows
    after = page.next
  } while (after !== undefined)
}
