// Runs the simulation in processes of their own.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REPOSITORY } from '../lib/root.mjs'
import { run } from '../lib/run.mjs'
import { buildSimulation, compile } from './build.mjs'
import { mutated } from './mutants.mjs'

/** Room for what dies young: most of what a history makes is gone with it. There are as many processes as cores, so none needs helpers. */
const FLAGS = ['--max-semi-space-size=64', '--min-semi-space-size=64', '--single-threaded-gc']

/** Asks one process, and answers what it said. */
async function ask(folder, task) {
  const { code, output } = await run(process.execPath, [...FLAGS, join(folder, 'test/simulation/worker.js'), JSON.stringify(task)], {
    capture: true,
  })
  if (code !== 0) throw new Error(`A process of the simulation failed:\n${output}`)
  return JSON.parse(output.trimEnd().split('\n').at(-1))
}

/** Builds the simulation, hands it to `use`, and takes it away again. */
export async function withSimulation(use) {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-simulation-'))
  try {
    const built = join(folder, 'plain')
    mkdirSync(built)
    buildSimulation(REPOSITORY, built)
    return await use({
      ask: (task) => ask(built, task),
      /** The same, with one mechanism switched off. */
      async askMutant(mutant, task) {
        const changed = mkdtempSync(join(folder, 'mutant-'))
        cpSync(built, changed, { recursive: true })
        const source = readFileSync(join(REPOSITORY, 'packages/sojourn/src', mutant.in), 'utf8')
        writeFileSync(join(changed, 'src', mutant.in.replace(/\.ts$/, '.js')), compile(mutated(mutant, source), mutant.in))
        try {
          return await ask(changed, task)
        } finally {
          rmSync(changed, { recursive: true, force: true })
        }
      },
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
