import { isReplicated, isScannable, type Store } from '../store/store.js'

/** Runs a call of a store, or refuses to. */
export type Through = <Answer>(call: () => Promise<Answer>) => Promise<Answer>

/** The same store with each verb sent `through`. */
export function guarded(store: Store, through: Through): Store {
  const { isVolatile, home, channels, watching } = store
  return Object.freeze({
    ...(isVolatile === undefined ? {} : { isVolatile }),
    ...(home === undefined ? {} : { home }),
    ...(channels === undefined ? {} : { channels }),
    ...(watching === undefined ? {} : { watching }),
    insert: (row) => through(() => store.insert(row)),
    get: (id) => through(() => store.get(id)),
    replace: (row, message) => through(() => store.replace(row, message)),
    remove: (id, version, message) => through(() => store.remove(id, version, message)),
    list: (owner) => through(() => store.list(owner)),
    ...(isScannable(store) ? { scan: (range: Parameters<typeof store.scan>[0]) => through(() => store.scan(range)) } : {}),
    // Whether copies have a change is no question about the store itself.
    ...(isReplicated(store) ? { settle: (id: string) => store.settle(id) } : {}),
    close: () => store.close(),
  } satisfies Store)
}
