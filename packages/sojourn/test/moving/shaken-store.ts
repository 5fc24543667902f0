import type { ScannableStore } from '../../src/store/store.js'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The same store with waits before and after each call, as `chance` has it: what a network does to the order of calls. */
export function shakenStore(inner: ScannableStore, chance: () => number): ScannableStore {
  const wait = async (): Promise<void> => {
    for (let turns = Math.floor(chance() * 3); turns > 0; turns--) await turn()
  }
  async function call<T>(work: () => Promise<T>): Promise<T> {
    await wait()
    const answer = await work()
    await wait()
    return answer
  }
  return {
    ...inner,
    insert: (row) => call(() => inner.insert(row)),
    get: (id) => call(() => inner.get(id)),
    replace: (row, message) => call(() => inner.replace(row, message)),
    remove: (id, version, message) => call(() => inner.remove(id, version, message)),
    list: (owner) => call(() => inner.list(owner)),
    scan: (range) => call(() => inner.scan(range)),
  }
}
