import { memoryStore } from 'sojourn/memory'
import type { MakeBench } from '../behaviour/bench.js'
import { engineBench } from '../behaviour/engine-bench.js'
import { express4Harness, express5Harness } from './contract/harness/express.js'
import { describeHttp } from './contract/suite.js'

const makeBench: MakeBench = async (limits) => engineBench({ store: await memoryStore(), clear: () => Promise.resolve() }, limits)

describeHttp('sojourn/express under Express 5 over the engine', express5Harness, makeBench)
describeHttp('sojourn/express under Express 4 over the engine', express4Harness, makeBench)
