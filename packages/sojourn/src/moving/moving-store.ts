import { type Clock, systemClock } from '../clock.js'
import { SessionError } from '../errors.js'
import { copyRow } from '../store/copy-row.js'
import {
  isReplicated,
  type ReplicatedStore,
  type Row,
  type ScannableStore,
  type ScanPage,
  type ScanRange,
  type TimedStore,
  tellsTime,
} from '../store/store.js'
import { fencedStore } from './fenced-store.js'
import { handOver } from './hand-over.js'

export interface MovingStoreOptions {
  /** @default the clock of this machine */
  readonly clock?: Clock
}

/** Rows brought over at once: enough to hide the way to the stores, too few to crowd out everybody else. */
const WIDTH = 16

/** Places in a walk: first over the old store, then over the new one. */
const IN_OLD = 'f'
const IN_NEW = 't'

async function pageOf(store: ScannableStore, { from, to, limit }: ScanRange, after: string): Promise<ScanPage> {
  return await store.scan({ from, to, limit, ...(after === '' ? {} : { after }) })
}

async function scanNew(now: ScannableStore, range: ScanRange, after: string): Promise<ScanPage> {
  const page = await pageOf(now, range, after)
  return { rows: page.rows, ...(page.next === undefined ? {} : { next: IN_NEW + page.next }) }
}

/**
 * Two stores as one, for as long as sessions are moved from the old one to the new one while the service runs. Every verb
 * first brings the rows that it concerns over, and then works on the new store alone; nothing is ever written to the old
 * one. Every node of the installation has to use it, from before the first row is moved until ten minutes after the last:
 * a node that knows one of the stores only would not find the sessions in the other.
 *
 * `moveRows` brings over what nobody asks for. Closing closes both stores.
 */
export function movingStore(from: ScannableStore, to: ScannableStore, options: MovingStoreOptions = {}): ScannableStore {
  const now = fencedStore(to, options.clock ?? systemClock)
  const home = from.home ?? to.home

  const bring = (id: string): Promise<unknown> => handOver(from, to, id)
  async function bringAll(rows: readonly Row[]): Promise<void> {
    for (let first = 0; first < rows.length; first += WIDTH) await Promise.all(rows.slice(first, first + WIDTH).map(({ id }) => bring(id)))
  }
  // Nothing is added to the old store, so one look at the owner's list finds all that will ever have to be brought over.
  const bringOwner = async (owner: string): Promise<void> => bringAll(await from.list(owner))

  async function scanOld(range: ScanRange, after: string): Promise<ScanPage> {
    const page = await pageOf(from, range, after)
    await bringAll(page.rows)
    // What was brought over is met in the second half of the walk, as is what somebody else has moved meanwhile.
    if (page.next !== undefined) return { rows: [], next: IN_OLD + page.next }
    return page.rows.length === 0 ? await scanNew(now, range, '') : { rows: [], next: IN_NEW }
  }

  return Object.freeze<ScannableStore & Partial<ReplicatedStore & TimedStore>>({
    ...(from.isVolatile === true && to.isVolatile === true ? { isVolatile: true } : {}),
    // The keys of these sessions lie with the old store.
    ...(home === undefined ? {} : { home }),
    // Nodes that use the new store alone hear of what is changed here; this one keeps nothing in memory, since rows come in all the time.
    ...(to.channels === undefined ? {} : { channels: Object.freeze({ ...to.channels, canListen: false }) }),
    ...(isReplicated(to) ? { settle: (id: string) => to.settle(id) } : {}),
    ...(tellsTime(to) ? { now: () => to.now() } : {}),

    async insert(given) {
      const row = copyRow(given)
      await bring(row.id)
      if (row.owner !== null) await bringOwner(row.owner)
      return await now.insert(row)
    },
    async get(id) {
      await bring(id)
      return await now.get(id)
    },
    async replace(given, message) {
      const row = copyRow(given)
      await bring(row.id)
      return await now.replace(row, message)
    },
    async remove(id, version, message) {
      await bring(id)
      return await now.remove(id, version, message)
    },
    async list(owner) {
      await bringOwner(owner)
      return await now.list(owner)
    },
    async scan(range) {
      const { after = IN_OLD } = range
      if (after.startsWith(IN_OLD)) return await scanOld(range, after.slice(IN_OLD.length))
      if (after.startsWith(IN_NEW)) return await scanNew(now, range, after.slice(IN_NEW.length))
      throw new SessionError('INVALID_ARGUMENT', 'This is not a place in a walk. Pass the `next` of the page before, unchanged.', {
        path: 'after',
      })
    },
    async close() {
      try {
        await from.close()
      } finally {
        await to.close()
      }
    },
  })
}
