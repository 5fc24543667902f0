// npm run bench [-- names of tables] [--quick] [--write]: prints tables. Nothing here fails because a machine was busy: read the
// ratios, and CPU time. `--write` puts what was measured into RESULTS.md, table by table.
import '../scripts/lib/require-node.mjs'
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildIfStale } from '../scripts/lib/build-packages.mjs'
import { installIfStale } from '../scripts/lib/install.mjs'
import { REPOSITORY } from '../scripts/lib/root.mjs'
import { requirePrograms } from '../scripts/requirements.mjs'

/** In the order in which they run: the claims first. */
const TABLES = ['races', 'http', 'warm', 'scale', 'memory', 'validate', 'revocation', 'store', 'stored', 'start', 'dropin']
/** Takes a quarter of an hour, so only when it is asked for. */
const LONG = ['crowd']
/** Printed when they are asked for. Words after them say what of it. */
const ASKED = ['profile']

function readWords() {
  try {
    return parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean' }, write: { type: 'boolean' } } })
  } catch (error) {
    console.error(error.message)
    process.exit(2)
  }
}

const { values, positionals } = readWords()
const isAsked = ASKED.includes(positionals[0])
const wanted = isAsked ? [positionals[0]] : positionals
const unknown = wanted.find((name) => ![...TABLES, ...LONG, ...ASKED].includes(name))
if (unknown !== undefined) {
  console.error(`There is no table "${unknown}". Known are ${[...TABLES, ...LONG, ...ASKED].join(', ')}.`)
  process.exit(2)
}
const bench = join(REPOSITORY, 'bench')
if ((await installIfStale(REPOSITORY)) || (await buildIfStale(REPOSITORY)) || (await installIfStale(bench))) process.exit(1)
await requirePrograms(['redis-server', 'redis-cli'])

// What was started is stopped when this process exits, which a signal alone would not let it do.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const started = performance.now()
const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
const commit = execFileSync('git', ['-C', REPOSITORY, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'processor'}, ${memory}, ${process.platform} ${release()}`
console.log(machine)

// Not before the packages of bench/ are there.
const { openReport } = await import('./lib/report.mjs')
const { writeResults } = await import('./lib/results.mjs')
for (const name of wanted.length > 0 ? wanted : TABLES) {
  const { table } = await import(`./tables/${name}.mjs`)
  const report = openReport(name)
  const begun = performance.now()
  try {
    await table(report, { isQuick: values.quick === true, words: isAsked ? positionals.slice(1) : [] })
  } catch (error) {
    console.error(`\nThe table ${name} could not be finished, and what stands in RESULTS.md of it stays:\n${error.stack}`)
    process.exitCode = 1
    continue
  }
  report.printGoals()
  const seconds = Math.round((performance.now() - begun) / 1_000)
  const run = `${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${machine}${values.quick ? ', a quick run' : ''}, ${seconds} s`
  if (values.write === true && !isAsked) writeResults(name, report, run)
}
console.log(`\n${Math.round((performance.now() - started) / 1_000)} s in all`)
