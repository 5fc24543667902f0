import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
// @ts-expect-error: a script of this repository, without types
import { MUTANTS } from '../../../../scripts/simulation/mutants.mjs'
// @ts-expect-error: a script of this repository, without types
import { withSimulation } from '../../../../scripts/simulation/workers.mjs'
import { hashText } from './dice.js'
import type { Outcome } from './history.js'
import { history } from './history.js'
import { type FaultKind, type Plan, planOf } from './plan.js'
import type { Run, Summary } from './run-many.js'

interface Mutant {
  readonly name: string
  readonly short?: boolean
  /** The recipe that finds it, if chance would take long. */
  readonly recipe?: string
}

interface Simulation {
  ask(task: { readonly do: 'run' } & Run): Promise<Summary>
  askMutant(mutant: Mutant, task: { readonly do: 'run' } & Run): Promise<Summary>
}

/** Fixed, so that a failure is one that can be looked at; `npm run simulate` takes others. */
const SEED = 1
const HISTORIES = Number(process.env['SOJOURN_HISTORIES'] ?? 6_000)
const MUTANT_HISTORIES = 400
/** Two processes share the histories; on a busy machine that takes its time. */
const PATIENCE = 900_000

const KEPT = fileURLToPath(new URL('./kept/', import.meta.url))
const kept = readdirSync(KEPT).filter((name) => name.endsWith('.json'))

const FAULTS: readonly (FaultKind | 'lost before' | 'lost after' | 'slow' | 'message held' | 'half-open')[] = [
  ...(['lost before', 'lost after', 'slow', 'message held', 'half-open'] as const),
  ...(['cut data', 'black hole data', 'cut ear', 'black hole ear', 'stall one', 'stall all'] as const),
  ...(['fail over best', 'fail over worst', 'split brain', 'pause primary', 'restart primary', 'restart empty', 'empty'] as const),
  ...(['time travel', 'pause node', 'node sleeps', 'crash node', 'clock jump'] as const),
]

const simulated = <Answer>(use: (simulation: Simulation) => Promise<Answer>): Promise<Answer> => withSimulation(use)

describe('three nodes on a simulated store', () => {
  test(
    'keep every promise while everything goes wrong, and serve meanwhile',
    async () => {
      const half = HISTORIES / 2
      const [first, second] = await simulated(({ ask }) =>
        Promise.all([0, 1].map((at) => ask({ do: 'run', first: SEED + at, count: half, stride: 2 }))),
      )
      const failures = [...(first?.failures ?? []), ...(second?.failures ?? [])]
      expect(failures.map(({ plan, violations }) => `seed ${plan.seed}: ${violations[0]?.promise} ${violations[0]?.text}`)).toEqual([])
      for (const sum of [first, second]) {
        // A run in which nothing is answered would keep every promise as well.
        expect((sum?.counts.livingServed ?? 0) / (sum?.counts.living ?? 1)).toBeGreaterThan(0.6)
        expect(sum?.counts.everywhere).toBeGreaterThan(half)
        for (const fault of FAULTS) expect.soft(sum?.happened[fault] ?? 0, fault).toBeGreaterThan(half / 100)
      }
    },
    PATIENCE,
  )

  test(
    'live through the same history twice when the seed is the same',
    async () => {
      const outcomes: Outcome[] = []
      const seeds = Array.from({ length: 20 }, (_, at) => 7 + at)
      for (const seed of [...seeds, ...seeds]) outcomes.push(await history(planOf(seed)))
      const hashes = outcomes.map(({ hash }) => hash)
      expect(hashes.slice(0, seeds.length)).toEqual(hashes.slice(seeds.length))
      expect(new Set(hashes).size).toBe(seeds.length)
      // The built simulation remembers what it has computed, seals with marks, and runs elsewhere: nothing of that may be seen in a history.
      const built = await simulated(({ ask }) => ask({ do: 'run', first: 7, count: seeds.length, stride: 1 }))
      const together = seeds.reduce((sum, seed, at) => (sum + hashText(`${seed}.${hashes[at]}`)) >>> 0, 0)
      expect(built.hash).toBe(together)
    },
    PATIENCE,
  )

  test.each(kept)('keep the promise that was broken once: %s', async (name) => {
    const { plan }: { readonly plan: Plan } = JSON.parse(readFileSync(`${KEPT}${name}`, 'utf8'))
    expect((await history(plan)).violations).toEqual([])
  })

  test(
    'are found out when one mechanism is switched off',
    async () => {
      const short = (MUTANTS as readonly Mutant[]).filter((mutant) => mutant.short === true)
      expect(short.length).toBeGreaterThanOrEqual(10)
      const alive: string[] = []
      await simulated(async ({ askMutant }) => {
        for (const mutant of short) {
          const kind = mutant.recipe === undefined ? {} : { recipe: mutant.recipe }
          const run = { do: 'run', first: SEED, count: MUTANT_HISTORIES, stride: 1, stopAtFirst: true, ...kind } as const
          const { violating } = await askMutant(mutant, run)
          if (violating === 0) alive.push(mutant.name)
        }
      })
      expect(alive).toEqual([])
    },
    PATIENCE,
  )
})
