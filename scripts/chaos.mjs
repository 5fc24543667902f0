// npm run chaos -- --store redis-cluster|redis-sentinel|postgres [--runs 50] [--seed 1]
// Three real processes on a real store that is killed, stopped, cut off, failed over and emptied: packages/sojourn/test/chaos.
import './lib/require-node.mjs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { REPOSITORY } from './lib/root.mjs'
import { run } from './lib/run.mjs'

const STORES = ['redis-cluster', 'redis-sentinel', 'postgres']
const { values } = parseArgs({
  options: { store: { type: 'string' }, runs: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
})
if (values.store !== undefined && !STORES.includes(values.store)) {
  console.error(`--store must be one of ${STORES.join(', ')}.`)
  process.exit(1)
}
let isWell = true
for (const store of values.store === undefined ? STORES : [values.store]) {
  const env = { ...process.env, SOJOURN_CHAOS_STORE: store, SOJOURN_CHAOS_RUNS: values.runs, SOJOURN_CHAOS_SEED: values.seed }
  const vitest = join(REPOSITORY, 'node_modules/vitest/vitest.mjs')
  const { code } = await run(process.execPath, [vitest, 'run', 'packages/sojourn/test/chaos'], { cwd: REPOSITORY, env })
  isWell &&= code === 0
}
process.exitCode = isWell ? 0 : 1
