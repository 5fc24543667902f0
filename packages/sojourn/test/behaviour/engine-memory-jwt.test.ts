import { memoryStore } from 'sojourn/memory'
import { engineBench } from './engine-bench.js'
import { describeBehaviour } from './suite.js'

describeBehaviour('the engine in memory with JWT tokens', 'engine', async (limits) =>
  engineBench({ store: await memoryStore(), clear: () => Promise.resolve() }, { tokenType: 'jwt', ...limits }),
)
