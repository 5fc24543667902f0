import type { ScannableStore, Store } from 'sojourn'
import { memoryStore } from 'sojourn/memory'

/** A real store behind a line that can be cut. */
export async function storeBehindLine(): Promise<{ readonly store: Store; readonly line: { isCut: boolean } }> {
  const store = await memoryStore()
  const line = { isCut: false }
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    if (line.isCut) throw new Error('the line to the store is cut')
    return await call()
  }
  const cuttable: ScannableStore = {
    insert: (row) => through(() => store.insert(row)),
    get: (id) => through(() => store.get(id)),
    replace: (row, message) => through(() => store.replace(row, message)),
    remove: (id, version, message) => through(() => store.remove(id, version, message)),
    list: (owner) => through(() => store.list(owner)),
    scan: (range) => through(() => store.scan(range)),
    close: () => store.close(),
  }
  return { store: cuttable, line }
}
