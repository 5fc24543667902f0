import { dice } from './dice.js'
import { addRecipe, RECIPES } from './recipes.js'

/** One thing that a client asks for. `session` counts the sessions in the order in which they were created, modulo how many there are; -1 is the newest. */
export interface Step {
  readonly at: number
  readonly kind:
    | 'create'
    | 'validate'
    | 'renew'
    | 'terminate'
    | 'terminate all'
    | 'elevate'
    | 'reduce'
    | 'update'
    | 'replay'
    | 'replay last'
    | 'rotate keys'
  readonly node: number
  readonly user: number
  readonly session: number
}

export type FaultKind =
  | 'losses'
  | 'many losses'
  | 'late answers'
  | 'cut data'
  | 'black hole data'
  | 'cut ear'
  | 'black hole ear'
  | 'half-open ear'
  | 'stall one'
  | 'stall all'
  | 'fail over best'
  | 'fail over worst'
  | 'split brain'
  | 'pause primary'
  | 'restart primary'
  | 'restart empty'
  | 'empty'
  | 'time travel'
  | 'pause node'
  | 'node sleeps'
  | 'crash node'
  | 'clock jump'

/** One thing that goes wrong, and for how long. */
export interface Fault {
  readonly at: number
  readonly kind: FaultKind
  readonly node: number
  readonly length: number
}

/** All that one history consists of. */
export interface Plan {
  readonly seed: number
  readonly limit: number
  readonly cached: number
  readonly grace: number
  readonly recipe: string
  readonly steps: readonly Step[]
  readonly faults: readonly Fault[]
}

export const NODES = 3
const USERS = 2
const VALIDATIONS = 50
/** When the world begins to be unkind, and when it stops. */
export const WARM = 400
export const HEAL = 5_000

/** How often each fault is drawn. What loses data is rare: it leaves little to be looked at. */
const WEIGHTS: readonly (readonly [FaultKind, number])[] = [
  ['losses', 6],
  ['cut data', 3],
  ['black hole data', 3],
  ['cut ear', 4],
  ['black hole ear', 5],
  ['half-open ear', 4],
  ['stall one', 3],
  ['stall all', 3],
  ['fail over best', 3],
  ['fail over worst', 3],
  ['split brain', 5],
  ['pause primary', 3],
  ['restart primary', 2],
  ['restart empty', 1],
  ['empty', 1],
  ['time travel', 1],
  ['pause node', 4],
  ['node sleeps', 3],
  ['crash node', 3],
  ['clock jump', 2],
]
const TOTAL = WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0)

function drawFault(float: number): FaultKind {
  let rest = float * TOTAL
  for (const [kind, weight] of WEIGHTS) {
    rest -= weight
    if (rest < 0) return kind
  }
  return 'losses'
}

/** The history of a seed: two users, a handful of sessions, about seventy validations, and what goes wrong meanwhile. */
export function planOf(seed: number): Plan {
  const drawn = dice(seed).own('plan')
  const steps: Step[] = []
  const step = (at: number, kind: Step['kind']): void => {
    steps.push({ at: Math.round(at), kind, node: drawn.below(NODES), user: drawn.below(USERS), session: drawn.below(60) })
  }
  const between = (): number => drawn.between(WARM, HEAL)
  for (let count = 0; count < 4; count++) step(drawn.between(150, WARM), 'create')
  for (let count = drawn.below(4); count > 0; count--) step(between(), 'create')
  for (let count = 0; count < VALIDATIONS; count++) step(between(), 'validate')
  for (let count = 1 + drawn.below(3); count > 0; count--) step(between(), 'terminate')
  if (drawn.chance(0.4)) step(between(), 'terminate all')
  for (let count = drawn.below(4); count > 0; count--) step(between(), 'renew')
  if (drawn.chance(0.3)) step(drawn.between(3_000, HEAL), 'replay')
  if (drawn.chance(0.4)) {
    const at = drawn.between(WARM, 3_500)
    const [node, session] = [drawn.below(NODES), drawn.below(60)]
    steps.push({ at, kind: 'elevate', node, user: 0, session })
    steps.push({ at: at + drawn.between(50, 1_400), kind: 'reduce', node: drawn.below(NODES), user: 0, session })
  }
  if (drawn.chance(0.4)) step(between(), 'update')
  if (drawn.chance(0.05)) step(between(), 'rotate keys')
  const faults: Fault[] = []
  const recipe = drawn.chance(0.5) ? drawn.pick(RECIPES) : 'none'
  const count = recipe === 'none' ? drawn.below(5) : drawn.below(3)
  for (let each = 0; each < count; each++) {
    faults.push({
      at: Math.round(between()),
      kind: drawFault(drawn.float()),
      node: drawn.below(NODES),
      length: Math.round(drawn.between(20, 1_800)),
    })
  }
  addRecipe(recipe, drawn, steps, faults)
  return {
    seed,
    limit: drawn.chance(0.3) || recipe === 'logins at the limit' ? 2 : 10,
    cached: drawn.chance(0.1) ? 2 : 1_000,
    // Never shorter than the longest request: one that was under way for longer than the grace is taken for a copied token, as it says.
    // Where nothing goes wrong no request is that long.
    grace: recipe === 'an old token after its grace' ? 1_000 : drawn.chance(0.15) ? 5_000 : 30_000,
    recipe,
    steps: steps.sort((a, b) => a.at - b.at),
    faults: faults.sort((a, b) => a.at - b.at),
  }
}
