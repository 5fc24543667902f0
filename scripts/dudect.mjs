// npm run dudect [-- --tries 100000]: whether the time that a refusal takes tells anything of the token, by Welch's t-test.
// The figures depend on the machine being otherwise idle, so `npm test` judges the structure alone.
import './lib/require-node.mjs'
import { parseArgs } from 'node:util'
import { installIfStale } from './lib/install.mjs'
import { REPOSITORY } from './lib/root.mjs'
import { countOf, runTestsWith } from './lib/run-tests-with.mjs'

const { values } = parseArgs({ options: { tries: { type: 'string', default: '100000' } } })
const SOJOURN_DUDECT_TRIES = countOf('tries', values.tries)
if (await installIfStale(REPOSITORY)) process.exit(1)
process.exitCode = await runTestsWith({ SOJOURN_DUDECT_TRIES }, ['packages/sojourn/test/attack/timing.test.ts'])
