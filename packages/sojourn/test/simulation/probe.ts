import { isSessionError } from '../../src/errors.js'
import type { World } from './history.js'
import type { Known } from './known.js'
import { LEASE, type SimNode } from './node.js'
import { HEAL } from './plan.js'
import { validate } from './take.js'

/** More timers of one process that has nothing to do than this are a leak, if they stay: each question to the store holds one, and a node may be asking. */
const MOST_TIMERS = 12
/** Far shorter than the time between two beats, so that one of the looks finds a node that asks nothing. */
const BETWEEN_COUNTS = 10
const COUNTS = 50

/** From this instant on everything has worked for three leases: a login, a validation and an end must work again. */
const AGAIN = HEAL + 3 * LEASE
/** Whatever was under way when the world became kind is over by then. */
const CALM = HEAL + 1.25 * LEASE
const BETWEEN_LOOKS = 500

/** Whether every node says that all is well with it, and has nothing left to do. */
function areWell({ nodes, check }: World): boolean {
  if (!nodes.every(({ manager }) => manager?.mode() === 'healthy')) return false
  const mayWait = check.sessions.some(({ enders, end }) => enders.size > 0 && end?.level !== 'everywhere')
  return !mayWait || nodes.every(({ manager }) => /^sojourn_ends_pending 0$/m.test(manager?.metricsText() ?? ''))
}

/** Waits until the nodes say that all is well, which spares hours of heartbeats over a million histories, or should be able to. */
async function calm(world: World): Promise<void> {
  for (let until = CALM; until <= AGAIN; until += BETWEEN_LOOKS) {
    await world.time.runUntil(until)
    if (areWell(world)) return
  }
}

/** Whether something comes true before the deadline. */
async function inTime(world: World, run: () => Promise<void>): Promise<void> {
  let isDone = false
  void run().then(
    () => {
      isDone = true
    },
    (fault: unknown) => {
      isDone = true
      world.check.violated('liveness', String(fault))
    },
  )
  await world.time.runUntil(Math.max(AGAIN, world.time.now()) + LEASE, () => isDone)
  if (!isDone) world.check.violated('liveness', 'a login, a validation and an end did not come to their end')
}

/** A mark that a deposed primary took while it was being replaced is missed when it is raised next, seconds later: then the node recovers, as it must. */
async function getsWell(world: World, { manager, process }: SimNode): Promise<boolean> {
  for (let waited = 0; waited < LEASE && manager?.mode() === 'recovering'; waited += BETWEEN_LOOKS)
    await new Promise<void>((resolve) => world.time.at(world.time.now() + BETWEEN_LOOKS, resolve, process))
  return manager?.mode() === 'healthy'
}

/** Asks a node; one that finds out only now that the store has gone back in time has to recover first, and must answer then. */
async function once<Answer>(world: World, node: SimNode, run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run()
  } catch (fault) {
    if (!isSessionError(fault) || fault.code !== 'STORE_UNAVAILABLE' || node.manager?.mode() !== 'recovering') throw fault
    await getsWell(world, node)
    return await run()
  }
}

/** Everybody's end holds everywhere by now, also one that had to wait for the store. */
async function lookAgain(world: World, node: SimNode): Promise<void> {
  const { manager } = node
  if (manager === undefined) return world.check.violated('liveness', `${node.name} does not start`)
  const living = new Set<Known>()
  for (const known of world.check.sessions) {
    const answer = await once(world, node, () => validate(world, node, manager, known, known.tokens.at(-1) ?? ''))
    if (answer === 'ok') living.add(known)
    const isMeant = world.nodes.some((each) => known.enders.has(`${each.name}.${each.start}`))
    if (answer === 'ok' && isMeant && known.older !== 2)
      world.check.violated('P2', `session ${known.index} is accepted at last, though a process that lives ended it`)
    world.note(`${node.name} session ${known.index} at last: ${answer}`)
  }
  if (world.plan.faults.length === 0) world.check.stay(living, world.plan.limit)
}

/** After all troubles, each node can log in a user, and end the session for all. */
async function useAgain(world: World, node: SimNode, others: readonly SimNode[]): Promise<void> {
  const { manager } = node
  if (manager === undefined) return
  const user = `later-${node.name}`
  const issued = await once(world, node, () => manager.createSession(user))
  const known: Known = world.check.created(
    issued.id.slice('sid_'.length),
    user,
    issued.token,
    issued.authTime.getTime(),
    world.stores.primary().kept,
    world.plan.limit,
  )
  const ask = async (other: SimNode): Promise<string | undefined> => {
    const { manager } = other
    return manager === undefined ? undefined : await once(world, other, () => validate(world, other, manager, known, issued.token))
  }
  for (const other of others) await ask(other)
  known.mayHaveEnded = true
  const { level } = await once(world, node, () => manager.terminateSession(issued.token))
  world.check.ended(known, level)
  if (level !== 'everywhere') world.check.violated('liveness', `an end on ${node.name} reached ${level} only`)
  for (const other of others) {
    if ((await ask(other)) === 'ok') world.check.violated('P1', `${other.name} accepts what was ended on ${node.name}`)
  }
  if (!(await getsWell(world, node))) world.check.violated('liveness', `${node.name} is ${manager.mode()} although all is well`)
}

/** How many timers a node holds at the least, over half a second. */
async function fewestTimers({ time }: World, { process }: SimNode): Promise<number> {
  let fewest = time.timers(process)
  for (let count = 1; count < COUNTS && fewest > MOST_TIMERS; count++) {
    await time.runUntil(time.now() + BETWEEN_COUNTS)
    fewest = Math.min(fewest, time.timers(process))
  }
  return fewest
}

/** More than there can ever have been: of each login a row, and as many instants, pings and rings as there are users and nodes. */
const mostRows = ({ plan: { steps }, nodes }: World): number => steps.length + 10 * nodes.length

const rowsOf = ({ manager }: SimNode): number => Number(/^sojourn_cache_rows (\d+)/m.exec(manager?.metricsText() ?? '')?.[1] ?? 0)

/** Looks whether all is well after the troubles. */
export async function probe(world: World): Promise<void> {
  await calm(world)
  await inTime(world, async () => void (await Promise.all(world.nodes.map((node) => lookAgain(world, node)))))
  for (const node of world.nodes) await inTime(world, () => useAgain(world, node, world.nodes))
  for (const node of world.nodes) {
    const timers = await fewestTimers(world, node)
    const rows = mostRows(world) > world.plan.cached ? rowsOf(node) : 0
    if (rows > world.plan.cached)
      world.check.violated('bounded', `${rows} rows in the memory of ${node.name}, where ${world.plan.cached} are allowed`)
    if (timers > MOST_TIMERS) world.check.violated('bounded', `${timers} timers wait in ${node.name}, which has nothing to do`)
  }
}
