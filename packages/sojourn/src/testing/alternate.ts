import { isScannable, type ScannableStore, type Store } from '../store/store.js'

/**
 * One store made of several handles to the same data, as several processes have them: each call goes to the next handle
 * in turn. Run the contract on it to find answers that are right only where they were written. It can scan if all handles
 * can; `close` closes them all.
 */
export function alternate(handles: readonly Store[]): Store | ScannableStore {
  let calls = 0
  const next = <S extends Store>(stores: readonly S[]): S => {
    const handle = stores[calls++ % stores.length]
    if (handle === undefined) throw new RangeError('alternate() needs at least one store.')
    return handle
  }
  const store: Store = {
    insert: (row) => next(handles).insert(row),
    get: (id) => next(handles).get(id),
    replace: (row, message) => next(handles).replace(row, message),
    remove: (id, version, message) => next(handles).remove(id, version, message),
    list: (owner) => next(handles).list(owner),
    async close() {
      await Promise.all(handles.map((handle) => handle.close()))
    },
  }
  const scanning = handles.filter(isScannable)
  if (scanning.length < handles.length) return store
  return { ...store, scan: (range) => next(scanning).scan(range) }
}
