import type { ScannableStore } from '../../src/store/store.js'

/** Where a node stops: at its so-manieth call to either store, before the call is carried out or after it. */
export interface HaltAt {
  readonly call: number
  readonly isDone: boolean
}

/** A node that stops dead in the middle of something, and may wake up long afterwards. */
export interface Halting {
  /** The same store, as this node reaches it. */
  reach(inner: ScannableStore): ScannableStore
  /** Resolves when the node has stopped. */
  readonly stopped: Promise<void>
  /** Calls that it has made. */
  calls(): number
  wake(): void
}

/** Without `at` the node never stops. */
export function halting(at: HaltAt | undefined): Halting {
  let count = 0
  let wake = (): void => {}
  let stop = (): void => {}
  const awake = new Promise<void>((resolve) => {
    wake = resolve
  })
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  async function call<T>(work: () => Promise<T>): Promise<T> {
    const mine = ++count
    const hasStopped = at !== undefined && (mine > at.call || (mine === at.call && !at.isDone))
    if (mine === at?.call && !at.isDone) stop()
    if (hasStopped) await awake
    const answer = await work()
    if (mine === at?.call && at.isDone) {
      stop()
      await awake
    }
    return answer
  }
  return {
    reach: (inner) => ({
      ...inner,
      insert: (row) => call(() => inner.insert(row)),
      get: (id) => call(() => inner.get(id)),
      replace: (row, message) => call(() => inner.replace(row, message)),
      remove: (id, version, message) => call(() => inner.remove(id, version, message)),
      list: (owner) => call(() => inner.list(owner)),
      scan: (range) => call(() => inner.scan(range)),
    }),
    stopped,
    calls: () => count,
    wake: () => wake(),
  }
}
