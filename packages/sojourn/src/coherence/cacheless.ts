import type { Logger } from '../events/log.js'
import { isScannable, type Store } from '../store/store.js'
import type { Coherence } from './coherence.js'
import type { NearStore } from './near-store.js'
import { settled } from './settled.js'

/** A store without memory before it: each read asks it. With `announce`, changes are told to those who do keep rows. */
export function readEachTime(store: Store, announce?: (id: string, version: number) => string): NearStore {
  const near: NearStore = {
    ...(store.isVolatile === undefined ? {} : { isVolatile: store.isVolatile }),
    ...(store.home === undefined ? {} : { home: store.home }),
    insert: (row) => store.insert(row),
    get: (id) => store.get(id),
    peek: () => undefined,
    reread: (id) => store.get(id),
    replace: (row, quiet) => store.replace(row, quiet === 'quiet' ? undefined : announce?.(row.id, row.version)),
    remove: (id, version) => store.remove(id, version, announce?.(id, Number.POSITIVE_INFINITY)),
    list: (owner) => store.list(owner),
    ...(isScannable(store) ? { scan: store.scan.bind(store) } : {}),
    close: () => store.close(),
  }
  return Object.freeze(near)
}

/** What a change says where the store itself tells those who watch it: that it is to be told. */
const TELL = (): string => ''

/** Every validation of this process reads the store. Other processes may keep rows of a store that can be watched, and are told. */
export function cacheless(store: Store, logger: Logger): Coherence {
  return Object.freeze({
    near: readEachTime(store, store.watching === undefined ? undefined : TELL),
    reached: async (id: string) => ((await settled(store, id, logger)) ? 'everywhere' : 'stored'),
    heard: async () => true,
    mode: () => 'healthy',
    freshen: async () => undefined,
    flush: () => undefined,
    hearingClock: undefined,
    nodes: () => [],
    counts: () => ({ hits: 0, misses: 0, rows: 0, bytes: 0, strange: 0 }),
    close: async () => undefined,
  } satisfies Coherence)
}
