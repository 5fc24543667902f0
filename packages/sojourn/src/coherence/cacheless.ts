import type { Millis } from '../clock.js'
import type { Logger } from '../events/log.js'
import { isScannable, type Row, type Store } from '../store/store.js'
import { boundedRows } from './bounded-rows.js'
import type { Coherence } from './coherence.js'
import type { NearStore } from './near-store.js'
import { sameRow } from './same-row.js'
import { settled } from './settled.js'

/** Rows that are recalled: about 25 MiB, with what was found out about them. */
const BOUNDS = Object.freeze({ maxRows: 10_000, maxBytes: 33_554_432 })

/**
 * A store without memory before it: each read asks it. What is remembered of a row is only what it was when it was last read: where the
 * store answers the same bytes again they need not be opened again. With `announce`, changes are told to those who do keep rows.
 */
export function readEachTime(store: Store, announce?: (id: string, version: number) => string): NearStore {
  const rows = boundedRows(BOUNDS)
  async function get(id: string): Promise<Row | undefined> {
    const found = await store.get(id)
    const known = rows.get(id)
    if (found !== undefined && known !== undefined && sameRow(known, found)) return known
    // Also where it was of a higher version: what the store answers now is what counts.
    if (known !== undefined) rows.delete(id)
    return found === undefined ? undefined : rows.put(found, true)
  }
  const near: NearStore = {
    ...(store.isVolatile === undefined ? {} : { isVolatile: store.isVolatile }),
    ...(store.home === undefined ? {} : { home: store.home }),
    insert: (row) => store.insert(row),
    get,
    peek: () => undefined,
    candidate: () => undefined,
    recall: rows.get,
    reread: get,
    async replace(row, quiet) {
      const isDone = await store.replace(row, quiet === 'quiet' ? undefined : announce?.(row.id, row.version))
      if (isDone && rows.get(row.id) !== undefined) rows.put(row, true)
      return isDone
    },
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
    reached: async (id: string, ago: Millis) => ((await settled(store, id, ago, logger)) ? 'everywhere' : 'stored'),
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
