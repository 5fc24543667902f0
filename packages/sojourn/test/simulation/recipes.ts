import type { Dice } from './dice.js'
import { directed, early, fault, type Recipe, step, warm } from './directed.js'
import type { Fault, FaultKind, Step } from './plan.js'

/** All three nodes are asked for it, again and again. */
function look(at: number, session: number, steps: Step[]): void {
  for (const after of [1, 8, 40, 200, 600, 1_300, 2_100])
    for (const node of [0, 1, 2]) steps.push(step(at + after + node / 4, 'validate', node, session))
}

const recipes: Readonly<Record<string, Recipe>> = {
  ...directed,
  'swizzle and clog': (at, dice, steps, faults) => {
    const session = early(dice)
    for (const node of dice.shuffle([0, 1, 2])) {
      const begin = at + dice.between(0, 500)
      faults.push(
        fault(begin, dice.pick(['cut data', 'black hole data', 'black hole ear', 'cut ear'] as const), node, dice.between(100, 1_500)),
      )
    }
    warm(at, session, steps)
    steps.push(step(at + dice.between(0, 800), 'terminate', dice.below(3), session))
  },
  'stall, end, fail over': (at, dice, steps, faults) => {
    const session = early(dice)
    warm(at, session, steps)
    faults.push(fault(at, dice.pick(['stall one', 'stall all'] as const), dice.below(3), dice.between(300, 1_500)))
    steps.push(step(at + dice.between(5, 100), dice.pick(['terminate', 'terminate all'] as const), dice.below(3), session))
    faults.push(
      fault(
        at + dice.between(20, 900),
        dice.pick(['fail over worst', 'fail over best', 'split brain'] as const),
        dice.below(3),
        dice.between(300, 1_800),
      ),
    )
    look(at + 900, session, steps)
  },
  'pause, fail over, resume': (at, dice, steps, faults) => {
    const session = early(dice)
    warm(at, session, steps)
    const length = dice.between(300, 1_200)
    faults.push(fault(at, 'pause primary', dice.below(3), length))
    steps.push(step(at + dice.between(1, length), 'terminate', dice.below(3), session))
    faults.push(fault(at + length * 0.7, 'split brain', dice.below(3), dice.between(500, 2_000)))
    steps.push(step(at + length * dice.between(0.7, 1.5), 'terminate', dice.below(3), session))
    look(at + length, session, steps)
  },
  'deaf node': (at, dice, steps, faults) => {
    const [session, deaf] = [early(dice), dice.below(3)]
    warm(at, session, steps)
    faults.push(fault(at, dice.pick(['black hole ear', 'half-open ear'] as const), deaf, dice.between(500, 2_500)))
    steps.push(step(at + dice.between(1, 400), dice.pick(['terminate', 'terminate all', 'reduce'] as const), (deaf + 1) % 3, session))
    look(at + 20, session, steps)
  },
  'sleeping node': (at, dice, steps, faults) => {
    const [session, asleep] = [early(dice), dice.below(3)]
    warm(at, session, steps)
    const length = dice.chance(0.5) ? dice.between(100, 2_000) : dice.between(2_150, 3_000)
    faults.push(fault(at, dice.pick(['pause node', 'node sleeps'] as const), asleep, length))
    steps.push(step(at + dice.between(1, 100), dice.pick(['terminate', 'terminate all'] as const), (asleep + 1) % 3, session))
    for (const after of [0, 0, 1, 20]) steps.push(step(at + length * dice.between(0.3, 1) + after, 'validate', asleep, session))
    look(at + length, session, steps)
  },
  'two at once': (at, dice, steps, faults) => {
    const session = early(dice)
    warm(at, session, steps)
    faults.push(fault(at, 'stall one', dice.below(3), dice.between(200, 1_500)))
    steps.push(step(at + dice.between(2, 200), 'terminate', dice.below(3), session))
    const first = at + dice.between(50, 600)
    faults.push(fault(first, 'fail over best', dice.below(3), dice.between(200, 600)))
    faults.push(
      fault(
        first + dice.between(100, 900),
        dice.pick(['fail over worst', 'fail over best'] as const),
        dice.below(3),
        dice.between(200, 600),
      ),
    )
    steps.push(step(first + dice.between(0, 500), 'terminate', dice.below(3), session + 1))
    look(first + 300, session, steps)
    look(first + 320, session + 1, steps)
  },
  'emptied under its users': (at, dice, steps, faults) => {
    const [session, deaf] = [early(dice), dice.below(3)]
    warm(at, session, steps)
    const trouble = dice.pick(['black hole ear', 'half-open ear', 'pause node', 'node sleeps', 'crash node', 'none'] as const)
    if (trouble !== 'none') faults.push(fault(at - 10, trouble, deaf, dice.between(100, 1_500)))
    faults.push(fault(at, dice.pick(['empty', 'restart empty'] as const), dice.below(3), 0))
    steps.push(step(at + dice.between(1, 300), 'terminate', (deaf + 1) % 3, session))
    steps.push(step(at + dice.between(100, 900), 'create', dice.below(3), session))
    look(at + 5, session, steps)
    if (dice.chance(0.5)) return
    steps.push(step(at + 2_400, 'terminate all', dice.below(3), 0), step(at + 2_400, 'terminate all', dice.below(3), 1))
    for (let other = 0; other < 6; other++) warm(at + 2_700, other, steps)
  },
  'two ends at one moment': (at, dice, steps) => {
    const [session, node] = [early(dice), dice.below(3)]
    warm(at, session, steps)
    warm(at, session + 1, steps)
    steps.push(step(at, 'terminate', node, session))
    const second = at + dice.between(0.5, 4)
    steps.push({ ...step(at, 'terminate', node, session + 1), at: second })
    for (let after = 0.5; after < 8; after += 0.7)
      for (const other of [1, 2]) steps.push({ ...step(at, 'validate', (node + other) % 3, session + 1), at: second + after })
  },
  'race at one row': (at, dice, steps) => {
    const session = early(dice)
    warm(at, session, steps)
    const kinds = ['terminate', 'renew', 'update', 'elevate', 'reduce', 'validate', 'validate', 'create', 'terminate all'] as const
    for (let count = 6 + dice.below(6); count > 0; count--)
      steps.push(step(at + dice.between(0, 8), dice.pick(kinds), dice.below(3), session))
    look(at + 4, session, steps)
  },
  thief: (at, dice, steps) => {
    const session = early(dice)
    for (const after of [0, 40, 300]) steps.push(step(at + after + dice.between(0, 30), 'renew', dice.below(3), session))
    for (const after of [100, 400, 700]) warm(at + after, session, steps)
    for (const node of dice.shuffle([0, 1, 2])) steps.push(step(at + dice.between(2_500, 3_500), 'replay', node, session))
    look(at + 3_500, session, steps)
  },
  tabs: (at, dice, steps) => {
    const session = early(dice)
    warm(at, session, steps)
    for (let round = 0; round < 3; round++) {
      for (const node of [0, 1, 2, dice.below(3)])
        steps.push(step(at + round * dice.between(100, 900) + dice.between(0, 4), 'renew', node, session))
      steps.push(step(at + round * 500 + dice.between(0, 30), 'validate', dice.below(3), session))
    }
  },
  'log in while all are logged out': (at, dice, steps) => {
    const user = dice.below(2)
    for (let count = 5; count > 0; count--) steps.push(step(at + dice.between(0, 6), 'create', dice.below(3), user))
    steps.push(step(at + dice.between(0, 6), 'terminate all', dice.below(3), user))
    for (let session = 0; session < 14; session++) steps.push(step(at + dice.between(30, 900), 'validate', dice.below(3), session))
  },
  'end while reading': (at, dice, steps, faults) => {
    // Late answers of the store: what is read is older than what was heard meanwhile. The session is one that nobody has in memory.
    const [newest, home] = [-1, dice.below(3)]
    steps.push(step(at - 40, 'create', home, 0))
    faults.push(fault(at - 20, 'losses', 3, 600))
    for (const node of [0, 1, 2]) {
      for (let count = 0; count < 3; count++) steps.push(step(at + dice.between(-8, 30), 'validate', node, newest))
    }
    steps.push(step(at + dice.between(0, 25), dice.pick(['terminate', 'renew', 'terminate'] as const), home, newest))
    look(at + 30, newest, steps)
  },
  'all at once': (at, dice, steps, faults) => {
    const kinds: FaultKind[] = [
      'losses',
      'cut ear',
      'black hole ear',
      'stall one',
      'pause node',
      'split brain',
      'crash node',
      'clock jump',
      'black hole data',
    ]
    for (const kind of dice.shuffle(kinds).slice(0, 6))
      faults.push(fault(at + dice.between(0, 800), kind, dice.below(3), dice.between(50, 1_200)))
    const session = early(dice)
    steps.push(step(at + dice.between(0, 800), 'terminate', dice.below(3), session))
    look(at + 500, session, steps)
  },
}

export const RECIPES: readonly string[] = Object.keys(recipes)

export function addRecipe(name: string, dice: Dice, steps: Step[], faults: Fault[]): void {
  recipes[name]?.(dice.between(800, 3_200), dice, steps, faults)
}
