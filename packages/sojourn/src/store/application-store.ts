import { isReplicated, isScannable, type Row, type ScanPage, type ScanRange, type Store } from './store.js'

/** The bucket stays in front: it decides where a row lies. */
const BUCKET_LENGTH = 2

/**
 * One application's part of a store that several share: the names of its rows carry its tag, and it sees no others. Rows come
 * out as the same objects as long as the store under it hands out the same ones.
 */
export function applicationStore(inner: Store, tag: string): Store {
  const inside = new WeakMap<Row, Row>()
  const marked = (id: string): string => id.slice(0, BUCKET_LENGTH) + tag + id.slice(BUCKET_LENGTH)
  const plain = (id: string): string => id.slice(0, BUCKET_LENGTH) + id.slice(BUCKET_LENGTH + tag.length)
  const isOwn = ({ id }: Row): boolean => id.startsWith(tag, BUCKET_LENGTH)
  const into = (row: Row): Row => ({ ...row, id: marked(row.id), owner: row.owner === null ? null : marked(row.owner) })
  const out = (row: Row): Row => {
    const known = inside.get(row)
    if (known !== undefined) return known
    const mine: Row = Object.freeze({ ...row, id: plain(row.id), owner: row.owner === null ? null : plain(row.owner) })
    inside.set(row, mine)
    return mine
  }
  const outIfAny = (row: Row | undefined): Row | undefined => (row === undefined ? undefined : out(row))
  const scan = async (store: { scan(range: ScanRange): Promise<ScanPage> }, range: ScanRange): Promise<ScanPage> => {
    const { rows, next } = await store.scan(range)
    return { rows: rows.filter(isOwn).map(out), ...(next === undefined ? {} : { next }) }
  }
  // The nodes of several applications would wait for each other in one channel, so each change is read from the store itself.
  const { channels: _shared, ...own } = inner
  return {
    // What else the store says about itself is said of this part of it too.
    ...own,
    insert: (row) => inner.insert(into(row)),
    get: async (id) => outIfAny(await inner.get(marked(id))),
    replace: (row) => inner.replace(into(row)),
    remove: async (id, version) => outIfAny(await inner.remove(marked(id), version)),
    list: async (owner) => (await inner.list(marked(owner))).map(out),
    close: () => inner.close(),
    ...(isScannable(inner) ? { scan: (range: ScanRange) => scan(inner, range) } : {}),
    ...(isReplicated(inner) ? { settle: (id: string) => inner.settle(marked(id)) } : {}),
  }
}
