import type { Row, ScannableStore } from '../../../src/store/store.js'

/** A store as people write it in an afternoon: a map, and a pause in each verb as a network makes it. */
export interface PlainStore extends ScannableStore {
  readonly rows: Map<string, Row>
}

export const copy = (row: Row): Row => ({ ...row, data: new Uint8Array(row.data) })
export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
export const byExpiry = (a: Row, b: Row): number => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1)
export const byAge = (a: Row, b: Row): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
export const countOf = (rows: Map<string, Row>, owner: string): number => [...rows.values()].filter((row) => row.owner === owner).length

/** The healthy twin. Every fault is this store with one verb written in another way. */
export function plainStore(): PlainStore {
  const rows = new Map<string, Row>()
  const owned = (owner: string): Row[] => [...rows.values()].filter((row) => row.owner === owner).sort(byAge)
  const key = (row: Row): string => `${String(row.expiresAt).padStart(16, '0')}.${row.id}`
  return {
    rows,
    async insert(given) {
      const row = copy(given)
      await pause()
      if (rows.has(row.id)) return 0
      rows.set(row.id, row)
      return row.owner === null ? 1 : owned(row.owner).length
    },
    async get(id) {
      await pause()
      const row = rows.get(id)
      return row && copy(row)
    },
    async replace(given) {
      const row = copy(given)
      await pause()
      if (rows.get(row.id)?.version !== row.version - 1) return false
      rows.set(row.id, row)
      return true
    },
    async remove(id, version) {
      await pause()
      const row = rows.get(id)
      if (row === undefined || (version !== undefined && row.version !== version)) return undefined
      rows.delete(id)
      return row
    },
    async list(owner) {
      await pause()
      return owned(owner).map(copy)
    },
    async scan({ from, to, limit, after = '' }) {
      await pause()
      const found = [...rows.values()].filter((row) => row.expiresAt >= from && row.expiresAt < to && key(row) > after).sort(byExpiry)
      const last = found[limit - 1]
      return { rows: found.slice(0, limit).map(copy), ...(found.length > limit && last ? { next: key(last) } : {}) }
    },
    async close() {},
  }
}
