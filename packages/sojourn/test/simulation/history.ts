import { RING_ROW_ID } from '../../src/keyring/ring-home.js'
import { type Checker, type Counts, checker, type Violation } from './checker.js'
import { cluster } from './cluster.js'
import { dice, hashText } from './dice.js'
import { firstRow } from './first-row.js'
import { inflict, MOST_JUMP } from './inflict.js'
import { LEASE, type SimNode, simNode } from './node.js'
import { HEAL, NODES, type Plan } from './plan.js'
import { probe } from './probe.js'
import { schedule } from './schedule.js'
import { take } from './take.js'

/** What one history came to. */
export interface Outcome {
  readonly violations: readonly Violation[]
  readonly counts: Counts
  /** What really happened, by kind. */
  readonly happened: Readonly<Record<string, number>>
  /** Of everything that was asked and answered, in its order. */
  readonly hash: number
  readonly steps: number
  /** Every question and answer, if they were asked for. */
  readonly lines: readonly string[]
}

/** The world of one history, as its parts see it. */
export interface World {
  readonly plan: Plan
  readonly time: ReturnType<typeof schedule>
  readonly dice: ReturnType<typeof dice>
  readonly stores: ReturnType<typeof cluster>
  readonly nodes: readonly SimNode[]
  readonly check: Checker
  happened(kind: string): void
  /** Notes what was asked or answered. */
  note(line: string): void
  /** Runs at the latest when the world stops being unkind. */
  healing: (() => void)[]
}

/** Two clocks that nobody has put wrong: where they began, and what their rates make of the time of a history. */
const APART = 350

/** How far the clocks of two nodes may be apart. */
const apartOf = ({ faults }: Plan): number => APART + MOST_JUMP * faults.filter(({ kind }) => kind === 'clock jump').length

/** Lives through one plan: the same plan gives the same outcome. */
export async function history(plan: Plan, keepLines = false): Promise<Outcome> {
  const time = schedule()
  const drawn = dice(plan.seed)
  const happened: Record<string, number> = {}
  const count = (kind: string): void => {
    happened[kind] = (happened[kind] ?? 0) + 1
  }
  const check = checker(time, LEASE, plan.grace, apartOf(plan))
  const stores = cluster({
    world: time,
    dice: drawn.own('cluster'),
    swapped: check.swapped,
    astray: (before, server) => check.astray(before, server.kept),
  })
  const ring = await firstRow()
  for (const server of stores.servers) server.kept.rows.set(RING_ROW_ID, ring)
  const settings = { limit: plan.limit, cached: plan.cached, grace: plan.grace }
  const nodes = Array.from({ length: NODES }, (_, at) =>
    simNode(`n${at}`, { world: time, dice: drawn.own(`node ${at}`), cluster: stores, settings, happened: count }),
  )
  let hash = hashText(`${plan.seed}`)
  const lines: string[] = []
  const world: World = {
    plan,
    time,
    dice: drawn.own('faults'),
    stores,
    nodes,
    check,
    happened: count,
    healing: [],
    note(line) {
      hash = hashText(`${time.now()} ${line}`, hash)
      if (keepLines) lines.push(`${time.now().toFixed(1).padStart(8)} ${line}`)
    },
  }
  for (const node of nodes) node.boot()
  for (const each of plan.faults) time.at(each.at, () => inflict(world, each))
  for (const each of plan.steps) time.at(each.at, () => take(world, each))
  time.at(HEAL, () => {
    for (const heal of world.healing.splice(0)) heal()
  })
  try {
    await time.runUntil(HEAL)
    await probe(world)
  } catch (fault) {
    check.violated('liveness', String(fault))
  }
  return { violations: check.violations, counts: check.counts, happened, hash, steps: time.step(), lines }
}
