// npm run simulate -- [--histories 100000] [--seed 1] [--workers 2] [--keep] | --mutants [--histories 3000] | --show SEED
// Three nodes of the real library on a simulated store, network and clock, with everything that can go wrong: docs/decisions/0022.
import './lib/require-node.mjs'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { REPOSITORY } from './lib/root.mjs'
import { MUTANTS } from './simulation/mutants.mjs'
import { mutantsPage } from './simulation/mutants-page.mjs'
import { withSimulation } from './simulation/workers.mjs'

const KEPT = join(REPOSITORY, 'packages/sojourn/test/simulation/kept')
const PAGE = join(REPOSITORY, 'packages/sojourn/test/simulation/MUTANTS.md')
/** Histories that one process lives through before it says how it went: a new process is slow for its first thousand. */
const LARGEST_CHUNK = 20_000
/** So many for each worker, that all of them have something to do until the end. */
const CHUNKS_A_WORKER = 4

const { values } = parseArgs({
  options: {
    histories: { type: 'string' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    mutants: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    show: { type: 'string' },
    only: { type: 'string', multiple: true, default: [''] },
  },
})
const seed = Number(values.seed)
const workers = Number(values.workers)

const add = (sum, more) => {
  for (const [name, value] of Object.entries(more)) {
    if (typeof value === 'number') sum[name] = name === 'hash' ? ((sum[name] ?? 0) + value) >>> 0 : (sum[name] ?? 0) + value
    else if (Array.isArray(value)) sum[name] = [...(sum[name] ?? []), ...value]
    else sum[name] = add(sum[name] ?? {}, value)
  }
  return sum
}

/** Hands the tasks to as many processes as there are workers. */
async function inParallel(tasks, work) {
  const waiting = [...tasks]
  const one = async () => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await work(task)
  }
  await Promise.all(Array.from({ length: workers }, one))
}

/** Makes a failing plan as small as it gets, and keeps it where the tests live through it again. */
async function keep(simulation, { plan, violations }) {
  const [{ promise, text }] = violations
  const smaller = await simulation.ask({ do: 'minimise', plan, promise })
  const path = join(KEPT, `${promise.toLowerCase()}-${plan.seed}.json`)
  writeFileSync(path, `${JSON.stringify({ promise, found: text, plan: smaller }, undefined, 2)}\n`)
  console.log(`kept as ${path}`)
}

function sayFailures({ failures }) {
  for (const { plan, violations } of failures)
    for (const { promise, text } of violations) console.log(`seed ${plan.seed} (${plan.recipe}): ${promise} ${text}`)
}

async function simulate(simulation) {
  const histories = Number(values.histories ?? 20_000)
  const tasks = []
  const chunk = Math.min(LARGEST_CHUNK, Math.ceil(histories / (workers * CHUNKS_A_WORKER)))
  for (let from = 0; from < histories; from += chunk)
    tasks.push({ do: 'run', first: seed + from, count: Math.min(chunk, histories - from), stride: 1 })
  const sum = {}
  const started = Date.now()
  await inParallel(tasks, async (task) => {
    const summary = await simulation.ask(task)
    add(sum, summary)
    sayFailures(summary)
    const rate = Math.round((sum.histories * 1_000) / (Date.now() - started))
    console.log(`${sum.histories} histories, ${sum.violating} with violations, ${rate}/s`)
  })
  const { failures, counts, ...rest } = sum
  console.log(JSON.stringify({ ...rest, counts }, undefined, 2))
  console.log(`${((100 * counts.livingServed) / counts.living).toFixed(1)} % of the validations of living sessions were served`)
  if (values.keep) for (const failure of failures.slice(0, 5)) await keep(simulation, failure)
  return sum.violating === 0
}

async function killMutants(simulation) {
  const count = Number(values.histories ?? 3_000)
  const chosen = MUTANTS.filter(({ name }) => values.only.some((part) => name.includes(part)))
  const results = new Map()
  await inParallel(chosen, async (mutant) => {
    const kind = mutant.recipe === undefined ? {} : { recipe: mutant.recipe }
    const run = { do: 'run', first: seed, count, stride: 1, stopAtFirst: true, ...kind }
    const { histories, failures } = await simulation.askMutant(mutant, run)
    const promise = failures[0]?.violations[0]?.promise
    results.set(mutant, { mutant, histories, promise })
    console.log(
      `${promise === undefined ? 'ALIVE after ' : ''}${String(histories).padStart(6)} ${(promise ?? '').padEnd(8)} ${mutant.name}`,
    )
  })
  const alive = chosen.filter((mutant) => results.get(mutant).promise === undefined)
  console.log(`${chosen.length} mutants, ${alive.length} alive`)
  if (chosen.length === MUTANTS.length) {
    const inOrder = MUTANTS.map((mutant) => results.get(mutant))
    writeFileSync(PAGE, mutantsPage(inOrder, seed))
  }
  return alive.length === 0
}

async function show(simulation) {
  const { lines, violations } = await simulation.ask({ do: 'show', seed: Number(values.show) })
  console.log(lines.join('\n'))
  console.log(violations)
  return violations.length === 0
}

const isWell = await withSimulation((simulation) =>
  (values.mutants ? killMutants : values.show === undefined ? simulate : show)(simulation),
)
process.exitCode = isWell ? 0 : 1
