// One process of a simulation: told what to run by its first argument, it says what came of it in one line of JSON.
import { history } from './history.js'
import { minimise } from './minimise.js'
import { type Plan, planOf } from './plan.js'
import { type Run, runMany } from './run-many.js'

type Task =
  | ({ readonly do: 'run' } & Run)
  | { readonly do: 'replay'; readonly plan: Plan }
  | { readonly do: 'show'; readonly seed: number }
  | { readonly do: 'minimise'; readonly plan: Plan; readonly promise: string }

async function work(task: Task): Promise<unknown> {
  if (task.do === 'run') return await runMany(task)
  if (task.do === 'replay') return await history(task.plan, true)
  if (task.do === 'show') return await history(planOf(task.seed), true)
  return await minimise(task.plan, task.promise)
}

// Thousands of refusals are made here, and nobody reads where.
Error.stackTraceLimit = 0
const [, , text = ''] = process.argv
process.stdout.write(`${JSON.stringify(await work(JSON.parse(text)))}\n`)
