import { memoryStore } from 'sojourn/memory'
import { engineBench } from '../behaviour/engine-bench.js'
import { fastifyHarness } from './contract/harness/fastify.js'
import { describeHttp } from './contract/suite.js'

describeHttp('sojourn/fastify over the engine', fastifyHarness, async (limits) =>
  engineBench({ store: await memoryStore(), clear: () => Promise.resolve() }, limits),
)
