import { memoryStore } from 'sojourn/memory'
import { engineBench } from '../behaviour/engine-bench.js'
import { nodeHarness } from './contract/harness/node.js'
import { describeHttp } from './contract/suite.js'

describeHttp('sojourn/node over the engine', nodeHarness, async (limits) =>
  engineBench({ store: await memoryStore(), clear: () => Promise.resolve() }, limits),
)
