import type { Store } from '../../src/store/store.js'
import type { SeededRandom } from '../../src/testing/seeded-random.js'

/** Microtasks that a question may wait on its way there or back; a few wait for a turn of the event loop instead. */
const MOST_STEPS = 6
const TURNS = 0.03

/** The same store, whose answers take a while that `random` chooses: what is asked at once comes through in every order. */
export function staggered(store: Store, random: SeededRandom): Store {
  async function late<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    await wait()
    const answer = await ask()
    await wait()
    return answer
  }
  async function wait(): Promise<void> {
    if (random.float() < TURNS) await new Promise((resolve) => setImmediate(resolve))
    for (let steps = random.below(MOST_STEPS); steps > 0; steps--) await Promise.resolve()
  }
  return {
    ...store,
    insert: (row) => late(() => store.insert(row)),
    get: (id) => late(() => store.get(id)),
    replace: (row, message) => late(() => store.replace(row, message)),
    remove: (id, version, message) => late(() => store.remove(id, version, message)),
    list: (owner) => late(() => store.list(owner)),
  }
}
