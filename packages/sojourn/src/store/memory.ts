import { SessionError, storeUnavailable } from '../errors.js'
import { changeLog } from './change-log.js'
import { copyRow } from './copy-row.js'
import { scanPage, scanPlace } from './scan-cursor.js'
import { sortedList } from './sorted-list.js'
import type { Row, ScannableStore } from './store.js'

export interface MemoryStoreOptions {
  /** The most rows, ended sessions included. An insert beyond throws `STORE_UNAVAILABLE`. @default 1,000,000 */
  readonly maxRows?: number
}

/**
 * About a gigabyte at the usual size of a session: a process in which nobody sweeps, or that is flooded with logins, says
 * so before it takes the machine down with it.
 */
const MAX_ROWS = 1_000_000

/**
 * A store in the memory of this process: gone with it, and seen by no other. It neither shares the rows and arrays it is
 * given nor hands out its own. Each verb is atomic because nothing is awaited inside it.
 */
export async function memoryStore(options: MemoryStoreOptions = {}): Promise<ScannableStore> {
  const maxRows = options.maxRows ?? MAX_ROWS
  if (!Number.isSafeInteger(maxRows) || maxRows < 1) {
    throw new SessionError('CONFIG_INVALID', 'maxRows is a whole number of rows, 1 or more.', { path: 'maxRows' })
  }
  const log = changeLog()
  let tables: Tables | undefined = openTables()

  const open = (): Tables => {
    if (tables === undefined) throw storeUnavailable(new Error('The memory store is closed.'))
    return tables
  }

  return Object.freeze<ScannableStore>({
    isVolatile: true,
    watching: log,
    async insert(row) {
      const { byId, ownedBy, put } = open()
      if (byId.has(row.id)) return 0
      if (byId.size >= maxRows) throw full(maxRows)
      put(copyRow(row))
      return row.owner === null ? 1 : (ownedBy.get(row.owner)?.length ?? 0)
    },

    async get(id) {
      const row = open().byId.get(id)
      return row && copyRow(row)
    },

    async replace(row, message) {
      const { byId, take, put } = open()
      const current = byId.get(row.id)
      if (current === undefined || current.version !== row.version - 1) return false
      take(current)
      put({ ...copyRow(row), createdAt: current.createdAt })
      if (message !== undefined) log.changed(row.id, row.version)
      return true
    },

    async remove(id, version, message) {
      const { byId, take } = open()
      const current = byId.get(id)
      if (current === undefined || (version !== undefined && current.version !== version)) return undefined
      take(current)
      if (message !== undefined) log.changed(id, Number.POSITIVE_INFINITY)
      return current
    },

    async list(owner) {
      return (open().ownedBy.get(owner) ?? []).map(copyRow)
    },

    async scan(range) {
      const { byExpiry } = open()
      const place = scanPlace(range)
      const isBefore = (row: Row): boolean => row.expiresAt < range.from || (place !== undefined && compareExpiry(row, place) <= 0)
      const rows: Row[] = []
      for (const row of byExpiry.from(isBefore)) {
        if (row.expiresAt >= range.to || rows.length > range.limit) break
        rows.push(row)
      }
      const page = scanPage(rows, range.limit)
      return { ...page, rows: page.rows.map(copyRow) }
    },

    async close() {
      tables = undefined
    },
  })
}

/** The rows under their three keys. `put` and `take` are the only ones to change them, so they cannot drift apart. */
type Tables = ReturnType<typeof openTables>

function openTables() {
  const byId = new Map<string, Row>()
  const ownedBy = new Map<string, Row[]>()
  const byExpiry = sortedList<Row>(compareExpiry)

  return {
    byId: byId as ReadonlyMap<string, Row>,
    ownedBy: ownedBy as ReadonlyMap<string, readonly Row[]>,
    byExpiry,

    put(row: Row): void {
      byId.set(row.id, row)
      byExpiry.add(row)
      if (row.owner === null) return
      const owned = ownedBy.get(row.owner)
      if (owned === undefined) {
        ownedBy.set(row.owner, [row])
        return
      }
      const younger = owned.findLastIndex((other) => compareAge(other, row) < 0) + 1
      owned.splice(younger, 0, row)
    },

    take(row: Row): void {
      byId.delete(row.id)
      byExpiry.delete(row)
      if (row.owner === null) return
      const owned = ownedBy.get(row.owner)
      if (owned === undefined) return
      owned.splice(owned.indexOf(row), 1)
      // An owner without rows must not stay behind, or the map grows with every user who ever signed in.
      if (owned.length === 0) ownedBy.delete(row.owner)
    },
  }
}

const compareExpiry = (a: Pick<Row, 'expiresAt' | 'id'>, b: Pick<Row, 'expiresAt' | 'id'>): number =>
  a.expiresAt - b.expiresAt || compareId(a.id, b.id)

const compareAge = (a: Row, b: Row): number => a.createdAt - b.createdAt || compareId(a.id, b.id)

/** Code-unit order, as `<` has it; `localeCompare` would depend on the machine. */
const compareId = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const full = (maxRows: number): SessionError =>
  new SessionError(
    'STORE_UNAVAILABLE',
    `The memory store is full: it holds ${maxRows} rows. Sweep expired sessions, raise maxRows, or use a store on disk.`,
    { retryAfter: 1 },
  )
