import { memoryStore } from 'sojourn/memory'
import { engineBench } from '../behaviour/engine-bench.js'
import { honoHarness } from './contract/harness/hono.js'
import { describeHttp } from './contract/suite.js'

describeHttp('sojourn/hono over the engine', honoHarness, async (limits) =>
  engineBench({ store: await memoryStore(), clear: () => Promise.resolve() }, limits),
)
