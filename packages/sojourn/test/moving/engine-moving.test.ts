import { memoryStore } from 'sojourn/memory'
import { engineBench } from '../behaviour/engine-bench.js'
import { SEED, seeded } from '../behaviour/seeded.js'
import { describeBehaviour } from '../behaviour/suite.js'
import { restlessStore } from './restless-store.js'

let benches = 0

describeBehaviour('the engine while its sessions are moved', 'engine', async (limits) => {
  const chance = seeded(SEED + benches++)
  return engineBench({ store: restlessStore(await memoryStore(), await memoryStore(), chance), clear: () => Promise.resolve() }, limits)
})
