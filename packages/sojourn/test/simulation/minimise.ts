import { history } from './history.js'
import type { Plan } from './plan.js'

/** Runs that are spent on making one plan smaller. */
const MOST_RUNS = 1_500

/** Leaves out steps and faults as long as the plan still breaks the same promise. */
export async function minimise(plan: Plan, promise: string): Promise<Plan> {
  let best = plan
  let runs = 0
  const fails = async (candidate: Plan): Promise<boolean> => {
    runs++
    return (await history(candidate)).violations.some((violation) => violation.promise === promise)
  }
  /** Leaves out parts of one list, large ones first. */
  const shorten = async (name: 'faults' | 'steps'): Promise<boolean> => {
    let isShorter = false
    for (let size = Math.ceil(best[name].length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < best[name].length && runs < MOST_RUNS; ) {
        const rest = [...best[name].slice(0, from), ...best[name].slice(from + size)]
        const candidate: Plan = { ...best, [name]: rest }
        if (await fails(candidate)) {
          best = candidate
          isShorter = true
        } else from += size
      }
    }
    return isShorter
  }
  while (runs < MOST_RUNS && ((await shorten('faults')) || (await shorten('steps'))));
  return best
}
