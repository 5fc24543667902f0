import { setTimeout as pause } from 'node:timers/promises'
import { isSessionError } from '../../src/errors.js'
import { BUCKETS } from '../../src/store/redis/buckets.js'
import type { ReplicatedStore, Row, ScannableStore } from '../../src/store/store.js'
import { bytesOf, nextRow, sampleRow, unique } from '../../src/testing/contract/sample.js'

/** Sessions that are created and ended without pause, and what was promised about them. */
export interface Load {
  /** Ends the load; resolves when all of it has stopped. */
  stop(): Promise<void>
  /** The ids of the sessions whose end was called durable. */
  readonly durable: readonly string[]
  /** How many ends were called stored only. */
  stored(): number
  /** The codes of everything that was thrown, and how often. */
  readonly faults: ReadonlyMap<string, number>
}

/** Every bucket of a few, so that each primary of a cluster has its share. */
const SPREAD = BUCKETS.filter((_, place) => place % 32 === 0)
/** Others, in which nothing was written before a fail-over, and so nothing can be in doubt after it. */
const OTHERS = BUCKETS.filter((_, place) => place % 32 === 16)

export function load(store: ScannableStore & ReplicatedStore, width = 8, isLater = false): Load {
  const buckets = isLater ? OTHERS : SPREAD
  const durable: string[] = []
  const faults = new Map<string, number>()
  let stored = 0
  let isOver = false

  const endOne = async (row: Row): Promise<void> => {
    await store.insert(row)
    if (!(await store.replace(nextRow(row, { owner: null, data: bytesOf('ended') })))) return
    if ((await store.settle(row.id)) === 'durable') durable.push(row.id)
    else stored++
  }
  const worker = async (place: number): Promise<void> => {
    for (let turn = place; !isOver; turn += width) {
      const bucket = buckets[turn % buckets.length] ?? 'aa'
      try {
        await endOne(sampleRow({ id: unique(bucket), owner: unique(bucket), data: new Uint8Array(300) }))
      } catch (fault) {
        const code = isSessionError(fault) ? fault.code : String(fault)
        faults.set(code, (faults.get(code) ?? 0) + 1)
        await pause(5)
      }
    }
  }
  const workers = Array.from({ length: width }, (_, place) => worker(place))
  return {
    durable,
    faults,
    stored: () => stored,
    async stop() {
      isOver = true
      await Promise.all(workers)
    },
  }
}

/** How long it takes until every primary answers a read and a write, in milliseconds. */
export async function untilServed(store: ScannableStore, most = 10_000): Promise<number> {
  const start = performance.now()
  for (const bucket of SPREAD) {
    for (;;) {
      const isServed = await store.insert(sampleRow({ id: unique(bucket) })).then(
        () => true,
        () => false,
      )
      if (isServed) break
      if (performance.now() - start > most) throw new Error(`Bucket ${bucket} is not served after ${most} ms.`)
      await pause(10)
    }
  }
  return performance.now() - start
}

/** The ids whose session is not ended, or whose row is gone. */
export async function broken(store: ScannableStore, ids: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const id of ids) {
    const row = await store.get(id)
    if (row?.version !== 2 || row.owner !== null) found.push(id)
  }
  return found
}
