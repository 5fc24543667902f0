import type { Millis } from '../clock.js'
import type { NearStore } from '../coherence/near-store.js'
import { storeUnavailable } from '../errors.js'
import type { Row, ScannableStore } from '../store/store.js'

export interface ProvisionalOptions {
  /** Of this process alone. */
  readonly store: ScannableStore
  readonly lifetime: Millis
  /** The most there may be at once. */
  readonly most: number
}

/** Sessions that were made while the store was away, in a store of this node alone. */
export interface Provisional {
  /** The longest life of one. */
  readonly lifetime: Millis
  /** Whether the session is known to this node alone. */
  isHere(rowId: string): boolean
  ids(): readonly string[]
  isEmpty(): boolean
  /** Keeps a new one; false if the id is taken. Throws `STORE_UNAVAILABLE` if there are as many as there may be. */
  add(row: Row): Promise<boolean>
  get(rowId: string): Promise<Row | undefined>
  /** Those of one owner. */
  of(owner: string): Promise<readonly Row[]>
  /** The store has it, or nobody needs it any more. */
  drop(rowId: string): Promise<void>
  /** The store of all nodes, with the rows that are here answered from here. */
  before(near: NearStore): NearStore
  close(): Promise<void>
}

/** Rows that are read in one question at the start. */
const PAGE = 500

async function idsIn(store: ScannableStore): Promise<Set<string>> {
  const ids = new Set<string>()
  let after: string | undefined
  do {
    const page = await store.scan({ from: 0, to: Number.MAX_SAFE_INTEGER, limit: PAGE, ...(after === undefined ? {} : { after }) })
    for (const { id } of page.rows) ids.add(id)
    after = page.next
  } while (after !== undefined)
  return ids
}

/** Opens what an earlier process of this node may have left. The store belongs to this process alone. */
export async function provisional({ store, lifetime, most }: ProvisionalOptions): Promise<Provisional> {
  const here = await idsIn(store)
  /** Those that were made at or before this instant are over: the store needs not hear of them. */
  async function forget(instant: Millis): Promise<void> {
    for (const id of here) {
      const row = await store.get(id)
      if (row !== undefined && row.createdAt > instant) continue
      await store.remove(id)
      here.delete(id)
    }
  }
  return Object.freeze({
    lifetime,
    isHere: (rowId: string) => here.has(rowId),
    ids: () => [...here],
    isEmpty: () => here.size === 0,
    async add(row: Row): Promise<boolean> {
      if (here.size >= most) await forget(row.createdAt - lifetime)
      if (here.size >= most) throw storeUnavailable(new Error('There are as many local sessions as are allowed.'))
      // Before it is there: nobody must look for it anywhere else.
      here.add(row.id)
      try {
        if ((await store.insert(row)) > 0) return true
      } catch (error) {
        here.delete(row.id)
        throw error
      }
      here.delete(row.id)
      return false
    },
    get: (rowId: string) => store.get(rowId),
    of: (owner: string) => store.list(owner),
    async drop(rowId: string): Promise<void> {
      await store.remove(rowId)
      here.delete(rowId)
    },
    before(near: NearStore): NearStore {
      return Object.freeze({
        ...near,
        get: (id) => (here.has(id) ? store.get(id) : near.get(id)),
        reread: (id) => (here.has(id) ? store.get(id) : near.reread(id)),
        replace: (row, quiet) => (here.has(row.id) ? store.replace(row) : near.replace(row, quiet)),
        async remove(id, version) {
          if (!here.has(id)) return await near.remove(id, version)
          const removed = await store.remove(id, version)
          if (removed !== undefined) here.delete(id)
          return removed
        },
        async close() {
          await Promise.all([near.close(), store.close()])
        },
      } satisfies NearStore)
    },
    close: () => store.close(),
  })
}
