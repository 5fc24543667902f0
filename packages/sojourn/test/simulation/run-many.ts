import type { Counts, Violation } from './checker.js'
import { hashText } from './dice.js'
import { history } from './history.js'
import { type Plan, planOf } from './plan.js'

/** What many histories came to. */
export interface Summary {
  histories: number
  violating: number
  counts: Counts
  happened: Record<string, number>
  recipes: Record<string, number>
  /** The same for the same histories, in whatever order and by however many processes they were run. */
  hash: number
  failures: Failure[]
}

export interface Failure {
  readonly plan: Plan
  readonly violations: readonly Violation[]
}

/** Failing plans that are kept in full; the others are counted. */
const MOST_FAILURES = 50

export function emptySummary(): Summary {
  const counts: Counts = { validations: 0, served: 0, unknown: 0, living: 0, livingServed: 0, refusedAstray: 0, ends: 0, everywhere: 0 }
  return { histories: 0, violating: 0, counts, happened: {}, recipes: {}, hash: 0, failures: [] }
}

function addAll(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count
}

/** Adds one summary to another. */
export function addSummary(sum: Summary, more: Summary): void {
  sum.histories += more.histories
  sum.violating += more.violating
  addAll(sum.counts as unknown as Record<string, number>, more.counts as unknown as Record<string, number>)
  addAll(sum.happened, more.happened)
  addAll(sum.recipes, more.recipes)
  sum.hash = (sum.hash + more.hash) >>> 0
  sum.failures = [...sum.failures, ...more.failures].slice(0, MOST_FAILURES)
}

export interface Run {
  readonly first: number
  readonly count: number
  /** Every how many seeds: 2 for one of two workers. */
  readonly stride: number
  /** Stops at the first history that violates a promise. */
  readonly stopAtFirst?: boolean
  /** Only the histories with this recipe, as many as are asked for. */
  readonly recipe?: string
}

/** Lives through the histories of many seeds. */
export async function runMany({ first, count, stride, stopAtFirst, recipe }: Run, progress?: (so: Summary) => void): Promise<Summary> {
  const sum = emptySummary()
  for (let at = 0; sum.histories < count; at++) {
    const plan = planOf(first + at * stride)
    if (recipe !== undefined && plan.recipe !== recipe) continue
    const outcome = await history(plan)
    addSummary(sum, {
      histories: 1,
      violating: outcome.violations.length > 0 ? 1 : 0,
      counts: outcome.counts,
      happened: outcome.happened,
      recipes: { [plan.recipe]: 1 },
      hash: hashText(`${plan.seed}.${outcome.hash}`),
      failures: outcome.violations.length > 0 ? [{ plan, violations: outcome.violations }] : [],
    })
    progress?.(sum)
    if (stopAtFirst === true && outcome.violations.length > 0) break
  }
  return sum
}
