import type { Clock } from '../clock.js'
import { SessionError } from '../errors.js'
import type { Row, ScannableStore, ScanPage, ScanRange } from '../store/store.js'
import { fenceFor, isFence } from './fence.js'

/** Others that write the same row at the same moment. A removal without a version has to outlast them, as every removal does. */
const MAX_TRIES = 256

const contended = (): SessionError =>
  new SessionError('STORE_UNAVAILABLE', 'A row is being changed by too many at once while it is moved. Try again.', { retryAfter: 1 })

/** A fence that stands in the way of a new row makes room: the id is taken again at once. */
async function insert(inner: ScannableStore, row: Row): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const count = await inner.insert(row)
    if (count > 0) return count
    const there = await inner.get(row.id)
    if (there !== undefined && !isFence(there)) return 0
    if (there !== undefined) await inner.remove(there.id, there.version)
  }
  throw contended()
}

/** Leaves a fence in the place of the row. Whose replacement got through has the row. */
async function remove(
  inner: ScannableStore,
  id: string,
  version: number | undefined,
  clock: Clock,
  message: string | undefined,
): Promise<Row | undefined> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const there = await inner.get(id)
    if (there === undefined || isFence(there) || (version !== undefined && there.version !== version)) return undefined
    if (await inner.replace(fenceFor(there, clock.now()), message)) return there
  }
  throw contended()
}

/** Fences whose time is over are taken down on the way. */
async function scan(inner: ScannableStore, range: ScanRange, clock: Clock): Promise<ScanPage> {
  const page = await inner.scan(range)
  for (const row of page.rows) {
    if (isFence(row) && row.expiresAt <= clock.now()) await inner.remove(row.id, row.version)
  }
  return { ...page, rows: page.rows.filter((row) => !isFence(row)) }
}

/** The store with a fence in the place of every row that is taken out, which nobody sees: as the new store is used while rows come in. */
export function fencedStore(inner: ScannableStore, clock: Clock): ScannableStore {
  return Object.freeze<ScannableStore>({
    insert: (row) => insert(inner, row),
    async get(id) {
      const row = await inner.get(id)
      return row === undefined || isFence(row) ? undefined : row
    },
    async replace(row, message) {
      const there = await inner.get(row.id)
      return there !== undefined && !isFence(there) && (await inner.replace(row, message))
    },
    remove: (id, version, message) => remove(inner, id, version, clock, message),
    // Fences are nobody's.
    list: (owner) => inner.list(owner),
    scan: (range) => scan(inner, range, clock),
    close: () => inner.close(),
  })
}
