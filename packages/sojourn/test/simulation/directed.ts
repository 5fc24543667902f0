import type { Dice } from './dice.js'
import { type Fault, type FaultKind, type Step, WARM } from './plan.js'

/** Faults that hurt only together, in an order that chance alone would hardly ever find. */
export type Recipe = (at: number, dice: Dice, steps: Step[], faults: Fault[]) => void

export const fault = (at: number, kind: FaultKind, node: number, length: number): Fault => ({
  at: Math.round(at),
  kind,
  node,
  length: Math.round(length),
})
export const step = (at: number, kind: Step['kind'], node: number, session: number): Step => ({
  at: Math.round(at),
  kind,
  node,
  user: session % 2,
  session,
})

/** All three nodes use a session, so that all have it in memory. */
export function warm(at: number, session: number, steps: Step[]): void {
  for (const node of [0, 1, 2]) steps.push(step(at - 60 + node, 'validate', node, session))
}

/** One of the sessions that every history begins with: its number stays the same, however many are created later. */
export const early = (dice: Dice): number => dice.below(4)

/** The session that was created last; others must not create any meanwhile. */
const NEWEST = -1

function lookAt(times: readonly number[], nodes: readonly number[], session: number, steps: Step[]): void {
  for (const at of times) for (const node of nodes) steps.push(step(at + node / 4, 'validate', node, session))
}

/** How long the first of two splits lasts, and when the second one begins after it: when the old primary has copied, and some hear of the new one. */
const FIRST_SPLIT = 1_500
const BACK_AFTER: readonly [number, number] = [120, 250]

/** Recipes that each belong to one mechanism: without it, they show why it is there. */
export const directed: Readonly<Record<string, Recipe>> = {
  // Another place for a moment only, and then the first one again: what the other one said counts for nothing there.
  'there and back': (at, dice, steps, faults) => {
    const begin = 600 + at / 8
    const back = begin + FIRST_SPLIT + dice.between(...BACK_AFTER)
    faults.push(fault(begin, 'split brain', dice.below(3), FIRST_SPLIT), fault(back, 'split brain', dice.below(3), 1_200))
    for (const session of [0, 1, 2, 3]) {
      warm(begin, session, steps)
      steps.push(step(back + dice.between(0, 200), 'terminate', dice.below(3), session))
    }
  },
  // A lease that is not renewed durably must end: who stays with an isolated old primary hears nothing of the new one.
  'left behind with the old primary': (at, dice, steps, faults) => {
    const [session, begin] = [early(dice), 600 + at / 4]
    warm(begin, session, steps)
    faults.push(fault(begin, 'split brain', 3, 3_600))
    steps.push(step(begin + dice.between(310, 700), 'terminate', dice.below(3), session))
    lookAt(
      [2_150, 2_400, 2_700, 3_000, 3_300, 3_500].map((after) => begin + after),
      [0, 1, 2],
      session,
      steps,
    )
  },
  // A lease counts from before its beat was sent: the place counts from when it took the beat, however late its answer is.
  'a beat answered late': (at, dice, steps, faults) => {
    const [session, deaf] = [early(dice), dice.below(3)]
    const begin = 900 + at / 4
    warm(begin, session, steps)
    faults.push(fault(begin - 800, 'late answers', deaf, 1_500))
    faults.push(fault(begin, 'black hole ear', deaf, 3_500))
    steps.push(step(begin + dice.between(5, 60), 'terminate', (deaf + 1) % 3, session))
    for (let after = 1_000; after < 3_000; after += 60) steps.push(step(begin + after, 'validate', deaf, session))
  },
  // Between the question to the store and its answer the session ends, and everybody has heard of it before the answer comes.
  'a read that is overtaken': (at, dice, steps, faults) => {
    const [home, reader] = dice.shuffle([0, 1, 2])
    const [from, by] = [home ?? 0, reader ?? 1]
    steps.push(step(at - 60, 'create', from, 0))
    faults.push(fault(at - 3, 'late answers', by, 8))
    steps.push(step(at, 'validate', by, NEWEST))
    steps.push(step(at + dice.between(3, 9), dice.pick(['terminate', 'terminate', 'reduce'] as const), from, NEWEST))
    // Some ask while the answer is on its way, others only when it has come.
    const early = dice.chance(0.5) ? [16, 25, 40, 70] : []
    lookAt(
      [...early, 450, 700, 1_200].map((after) => at + after),
      [by],
      NEWEST,
      steps,
    )
  },
  // The answer to a write comes when the ear through which the next change would have been heard has gone, and another one is open.
  // (A read that an outage overtook is made again at once, and finds what is newer.)
  'a write that an outage overtakes': (at, dice, steps, faults) => {
    const session = early(dice)
    const [home, writer] = dice.shuffle([0, 1, 2])
    const [from, by] = [home ?? 0, writer ?? 1]
    warm(at, session, steps)
    faults.push(fault(at - 3, 'late answers', by, 5))
    steps.push(step(at, dice.pick(['update', 'elevate'] as const), by, session))
    faults.push(fault(at + 4, 'cut ear', by, 0))
    steps.push(step(at + dice.between(7, 12), 'terminate', from, session))
    // Asks for the ear to be opened again at once.
    for (const after of [20, 30, 45]) steps.push(step(at + after, 'validate', by, (session + 1) % 4))
    lookAt(
      [2_200, 2_400, 2_800].map((after) => at + after),
      [by],
      session,
      steps,
    )
  },
  // What a node reads while it is deaf must be forgotten when it hears again: here it lost a race at the row, and reads it anew.
  'a change by a deaf node': (at, dice, steps, faults) => {
    const [session, deaf] = [early(dice), dice.below(3)]
    warm(at, session, steps)
    steps.push(step(at, 'update', (deaf + 1) % 3, session), step(at + dice.between(0, 2), 'update', deaf, session))
    faults.push(fault(at + dice.between(1, 4), 'cut ear', deaf, 0))
    steps.push(step(at + dice.between(12, 25), 'terminate', (deaf + 2) % 3, session))
    lookAt(
      [2_150, 2_400, 2_900].map((after) => at + after),
      [deaf],
      session,
      steps,
    )
  },
  // The change is on all copies, the question whether all have heard of it is lost: nobody may say that they have.
  'an end whose question is lost': (at, dice, steps, faults) => {
    const [session, deaf] = [early(dice), dice.below(3)]
    const end = (deaf + 1) % 3
    warm(at, session, steps)
    faults.push(fault(at, 'black hole ear', deaf, 3_000), fault(at + 2, 'many losses', end, 30))
    steps.push(step(at + dice.between(3, 12), 'terminate', end, session))
    for (let after = 420; after < 1_700; after += 80) steps.push(step(at + after, 'validate', deaf, session))
  },
  // Whoever could not store an end refuses the session all the same, also once the store would answer that it lives.
  'an end that has to wait': (at, dice, steps, faults) => {
    const [session, alone] = [early(dice), dice.below(3)]
    warm(at, session, steps)
    faults.push(fault(at, 'cut data', alone, dice.between(550, 900)))
    steps.push(step(at + dice.between(5, 40), 'terminate', alone, session))
    for (let after = 600; after < 1_600; after += 50) steps.push(step(at + after, 'validate', alone, session))
  },
  // A node that starts on an empty store makes the ring of keys that the others have, and not another one.
  'a start on an empty store': (at, dice, steps, faults) => {
    const [first, second, third] = dice.shuffle([0, 1, 2])
    faults.push(fault(at - 150, 'crash node', first ?? 0, dice.between(160, 260)), fault(at, 'empty', 3, 0))
    for (const after of [5, 30, 60, 90]) steps.push(step(at + after, 'create', dice.pick([second ?? 1, third ?? 2]), 0))
    lookAt(
      [200, 700, 1_500].map((after) => at + after),
      [0, 1, 2],
      NEWEST,
      steps,
    )
  },
  // Nothing goes wrong here but the number of those who log in: as many as are allowed stay, and all agree on who they are.
  'logins at the limit': (at, dice, steps, faults) => {
    faults.length = 0
    for (let count = 5; count > 0; count--) steps.push({ ...step(at + dice.between(0, 5), 'create', dice.below(3), 0), user: 2 })
  },
  // A tab that slept through two renewals is no thief while the grace lasts; afterwards its token is not good any more.
  'an old token after its grace': (at, dice, steps, faults) => {
    const [session, begin] = [early(dice), 500 + at / 8]
    // Nobody else uses it: a validation renews, too.
    faults.length = 0
    steps.splice(0, steps.length, ...steps.filter((each) => each.kind === 'create' && each.at <= WARM))
    steps.push(step(begin, 'renew', dice.below(3), session), step(begin + 50, 'validate', dice.below(3), session))
    steps.push(step(begin + dice.between(3_060, 3_800), 'replay last', dice.below(3), session))
  },
  // Two ends at one node: the question after the first one was asked before the second, and whoever answered it need not know that.
  'a question between two ends': (at, dice, steps, faults) => {
    const [node, other] = dice.shuffle([0, 1, 2])
    const [end, deaf] = [node ?? 0, other ?? 1]
    warm(at, 0, steps)
    warm(at, 1, steps)
    const exact = (when: number, kind: FaultKind, who: number, length: number): void => {
      faults.push({ at: when, kind, node: who, length })
    }
    steps.push(step(at, 'terminate', end, 0))
    exact(at + 0.6, 'late answers', end, 3)
    steps.push({ ...step(at, 'terminate', end, 1), at: at + dice.between(3.7, 5) })
    exact(at + dice.between(3.5, 5.5), 'black hole ear', deaf, 3_000)
    for (let after = 9; after < 1_500; after += 60) steps.push(step(at + after, 'validate', deaf, 1))
  },
  // The end that was stored at last went to a place that another one has replaced.
  'an end that has to wait and is lost': (at, dice, steps, faults) => {
    const [session, alone] = [early(dice), dice.below(3)]
    warm(at, session, steps)
    faults.push(fault(at, 'cut data', alone, dice.between(550, 900)))
    steps.push(step(at + 10, 'terminate', alone, session))
    faults.push(fault(at + dice.between(1_300, 1_520), 'split brain', alone, 900))
  },
  // A rotation that the store has lost is in the memory of one node only; it must be stored again before it is used.
  'emptied after a rotation': (at, dice, steps, faults) => {
    steps.push(step(at, 'rotate keys', dice.below(3), 0))
    faults.push(fault(at + dice.between(30, 600), 'empty', 3, 0))
  },
}
