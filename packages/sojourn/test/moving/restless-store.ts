import { fakeClock } from 'sojourn/testing'
import { isFence } from '../../src/moving/fence.js'
import { handOver } from '../../src/moving/hand-over.js'
import { movingStore } from '../../src/moving/moving-store.js'
import { copyRow } from '../../src/store/copy-row.js'
import type { Row, ScannableStore } from '../../src/store/store.js'
import { shakenStore } from './shaken-store.js'

const EVERYTHING = { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 1_000 }

/** Every row of a store, fences included. */
export async function rowsOf(store: ScannableStore): Promise<Row[]> {
  const rows: Row[] = []
  let after: string | undefined
  do {
    const page = await store.scan(after === undefined ? EVERYTHING : { ...EVERYTHING, after })
    rows.push(...page.rows)
    after = page.next
  } while (after !== undefined)
  return rows
}

/**
 * A store in the middle of a move that never ends. Whenever nobody uses it, all rows may lie in the old store again; while
 * somebody does, movers of other nodes bring them over, in an order that `chance` has. Whatever runs on it meets its rows
 * in either store, or on their way.
 */
export function restlessStore(from: ScannableStore, to: ScannableStore, chance: () => number): ScannableStore {
  const [shakenFrom, shakenTo] = [shakenStore(from, chance), shakenStore(to, chance)]
  const nodes = [movingStore(shakenFrom, shakenTo), movingStore(shakenFrom, shakenTo, { clock: fakeClock() })]
  const movers = new Set<Promise<unknown>>()
  let inUse = 0
  let openWalks = 0
  let puttingBack: Promise<void> | undefined

  async function putBack(): Promise<void> {
    for (const row of await rowsOf(to)) {
      if (isFence(row)) continue
      await to.remove(row.id)
      await from.insert(row)
    }
  }
  async function use<T>(work: () => Promise<T>): Promise<T> {
    if (inUse === 0 && openWalks === 0 && chance() < 0.3) {
      puttingBack ??= putBack().finally(() => {
        puttingBack = undefined
      })
    }
    while (puttingBack !== undefined) await puttingBack
    inUse++
    try {
      return await work()
    } finally {
      inUse--
    }
  }
  /** Another node that moves rows; as a user of its own, since nothing goes back while it is under way. */
  const mover = (ids: () => Promise<readonly string[]>): void => {
    if (chance() < 0.5) return
    const moving = use(async () => Promise.all((await ids()).map((id) => handOver(shakenFrom, shakenTo, id)))).finally(() =>
      movers.delete(moving),
    )
    movers.add(moving)
  }
  /** A verb, and perhaps movers of the rows that it concerns beside it. */
  const raced = <T>(ids: () => Promise<readonly string[]>, work: () => Promise<T>): Promise<T> =>
    use(() => {
      mover(ids)
      return work()
    })
  const node = (): ScannableStore => nodes[Math.floor(chance() * nodes.length)] as ScannableStore
  const byOwner = async (owner: string | null): Promise<readonly string[]> =>
    owner === null ? [] : (await from.list(owner)).map(({ id }) => id)

  return {
    isVolatile: true,
    insert(given) {
      const row = copyRow(given)
      return raced(
        () => byOwner(row.owner),
        () => node().insert(row),
      )
    },
    get: (id) =>
      raced(
        async () => [id],
        () => node().get(id),
      ),
    replace(given) {
      const row = copyRow(given)
      return raced(
        async () => [row.id],
        () => node().replace(row),
      )
    },
    remove: (id, version) =>
      raced(
        async () => [id, id],
        () => node().remove(id, version),
      ),
    list: (owner) =>
      raced(
        () => byOwner(owner),
        () => node().list(owner),
      ),
    async scan(range) {
      if (range.after === undefined) openWalks++
      const page = await use(() => node().scan(range))
      if (page.next === undefined) openWalks--
      return page
    },
    async close() {
      await Promise.all(movers)
      await node().close()
    },
  }
}
