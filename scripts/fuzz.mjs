// npm run fuzz [-- --tries 1000000 --seed 1]: the fuzz tests of `npm test`, oftener and from another seed.
// Tokens, and the headers of requests, are tried in this process, as often as is said; requests over sockets a fiftieth of that.
import './lib/require-node.mjs'
import { parseArgs } from 'node:util'
import { installIfStale } from './lib/install.mjs'
import { REPOSITORY } from './lib/root.mjs'
import { countOf, runTestsWith } from './lib/run-tests-with.mjs'

const { values } = parseArgs({ options: { tries: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } } })
const environment = { SOJOURN_FUZZ_TRIES: countOf('tries', values.tries), SOJOURN_FUZZ_SEED: countOf('seed', values.seed) }
if (await installIfStale(REPOSITORY)) process.exit(1)
process.exitCode = await runTestsWith(environment, [
  'packages/sojourn/test/attack/fuzz.test.ts',
  'packages/sojourn/test/attack/fuzz-http.test.ts',
  'packages/server/test/attack/fuzz.test.ts',
])
