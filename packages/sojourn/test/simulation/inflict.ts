import type { World } from './history.js'
import type { Fault, FaultKind } from './plan.js'
import { copyOf, type Kept } from './server.js'

/** How long a node takes to hear of another primary. */
const NEWS: readonly [number, number] = [5, 300]
/** How far back a restored backup goes. */
const BACKUP = 400
/** How far a clock is put wrong at the most. */
export const MOST_JUMP = 5_000

/** Undoes something after a while, at the latest when the world becomes kind. */
function later(world: World, wait: number, undo: () => void): void {
  let isDone = false
  const once = (): void => {
    if (isDone) return
    isDone = true
    undo()
  }
  world.time.at(world.time.now() + wait, once)
  world.healing.push(once)
}

function failOver(world: World, to: 'best' | 'worst', old: 'dies' | 'answers', length: number): void {
  const { stores, nodes, dice } = world
  const before = stores.primary()
  if (!stores.failOver(to, old)) return
  world.happened(old === 'answers' ? 'split brain' : `fail over ${to}`)
  const rejoin = (): void => stores.rejoin(before)
  later(world, length, rejoin)
  // Else nothing is durable before the old one is back: there are not as many copies as were asked for.
  if (old === 'answers' && dice.chance(0.5)) later(world, dice.between(...NEWS), () => stores.enlist(before))
  for (const node of nodes) {
    const isCutOff = old === 'answers' && dice.chance(0.5)
    // Who is on the side of the old primary hears of the new one when that side finds out.
    const wait = (isCutOff ? length : 0) + dice.between(...NEWS)
    later(world, wait, () => {
      node.wire.route = stores.primary()
    })
  }
}

function backup(world: World): void {
  const kept: Kept = copyOf(world.stores.primary().kept)
  later(world, BACKUP, () => {
    world.stores.travel(kept)
    world.happened('time travel')
  })
}

type Infliction = (world: World, chosen: World['nodes'], fault: Fault) => void

const LOSSES = { before: 0.08, after: 0.08, slow: 0.25 }
const MANY = { before: 0.3, after: 0.3, slow: 0 }
const LATE = { before: 0, after: 0, slow: 0.9 }

function lose(world: World, chosen: World['nodes'], length: number, loss: typeof LOSSES): void {
  for (const { wire } of chosen) wire.loss = loss
  later(world, length, () => {
    for (const node of chosen) node.wire.loss = { before: 0, after: 0, slow: 0 }
  })
}

function breakPath(world: World, chosen: World['nodes'], path: 'cut' | 'black hole', length: number): void {
  for (const node of chosen) node.wire.path = path
  world.happened(`${path} data`)
  later(world, length, () => {
    for (const node of chosen) node.wire.path = 'open'
  })
}

function cutEars(world: World, chosen: World['nodes'], how: 'cut' | 'halfOpen'): void {
  for (const node of chosen) for (const ear of [...node.wire.ears]) ear[how]()
  if (how === 'cut') world.happened('cut ear')
}

function restart(world: World, keeps: 'all' | 'nothing'): void {
  world.stores.restart(keeps)
  world.happened(keeps === 'all' ? 'restart primary' : 'restart empty')
}

function empty(world: World): void {
  world.stores.empty()
  world.happened('empty')
}

const INFLICT: Readonly<Record<FaultKind, Infliction>> = {
  losses: (world, chosen, { length }) => lose(world, chosen, length, LOSSES),
  'many losses': (world, chosen, { length }) => lose(world, chosen, length, MANY),
  'late answers': (world, chosen, { length }) => lose(world, chosen, length, LATE),
  'cut data': (world, chosen, { length }) => breakPath(world, chosen, 'cut', length),
  'black hole data': (world, chosen, { length }) => breakPath(world, chosen, 'black hole', length),
  'cut ear': (world, chosen) => cutEars(world, chosen, 'cut'),
  'half-open ear': (world, chosen) => cutEars(world, chosen, 'halfOpen'),
  'black hole ear': (world, chosen, { length }) => holeEars(world, chosen, length),
  'stall one': (world, _chosen, { node, length }) => stall(world, [world.stores.replicas()[node % 2]], 'stall one', length),
  'stall all': (world, _chosen, { length }) => stall(world, [...world.stores.replicas()], 'stall all', length),
  'fail over best': (world, _chosen, { length }) => failOver(world, 'best', 'dies', length),
  'fail over worst': (world, _chosen, { length }) => failOver(world, 'worst', 'dies', length),
  'split brain': (world, _chosen, { length }) => failOver(world, world.dice.pick(['best', 'worst'] as const), 'answers', length),
  'pause primary': (world, _chosen, { length }) => pausePrimary(world, length),
  'restart primary': (world) => restart(world, 'all'),
  'restart empty': (world) => restart(world, 'nothing'),
  empty,
  'time travel': backup,
  'pause node': (world, _chosen, fault) => hurtNode(world, fault),
  'node sleeps': (world, _chosen, fault) => hurtNode(world, fault),
  'crash node': (world, _chosen, fault) => hurtNode(world, fault),
  'clock jump': (world, _chosen, fault) => hurtNode(world, fault),
}

/** Lets something go wrong. */
export function inflict(world: World, fault: Fault): void {
  const { kind, node, length } = fault
  const chosen = world.nodes[node]
  world.note(`fault ${kind} ${node} ${length}`)
  INFLICT[kind](world, chosen === undefined ? world.nodes : [chosen], fault)
}

function holeEars(world: World, chosen: World['nodes'], length: number): void {
  const held = chosen.flatMap((node) => [...node.wire.ears])
  for (const node of chosen) node.wire.earPath = 'black hole'
  for (const ear of held) ear.hole()
  world.happened('black hole ear')
  // What was held up arrives after all, or the connection is found to be dead.
  const isHealed = world.dice.chance(0.5)
  later(world, length, () => {
    for (const node of chosen) {
      node.wire.earPath = 'open'
      for (const ear of [...node.wire.ears]) if (isHealed) ear.heal()
      for (const ear of [...node.wire.ears]) if (!isHealed) ear.cut()
    }
  })
}

function stall(
  world: World,
  replicas: readonly (ReturnType<World['stores']['primary']> | undefined)[],
  kind: string,
  length: number,
): void {
  for (const replica of replicas) if (replica !== undefined) world.stores.stall(replica, true)
  world.happened(kind)
  later(world, length, () => {
    for (const replica of replicas) if (replica !== undefined) world.stores.stall(replica, false)
  })
}

function pausePrimary(world: World, length: number): void {
  const server = world.stores.primary()
  server.isPaused = true
  world.happened('pause primary')
  later(world, length, () => {
    server.isPaused = false
    for (const arrive of server.waiting.splice(0)) arrive()
  })
}

function hurtNode(world: World, { kind, node: at, length }: Fault): void {
  const node = world.nodes[at % world.nodes.length]
  if (node === undefined) return
  if (kind === 'clock jump') {
    if (node.jump(Math.round(world.dice.between(-MOST_JUMP, MOST_JUMP)))) world.happened(kind)
    return
  }
  if (node.process.isGone || node.process.isPaused) return
  world.happened(kind)
  if (kind === 'crash node') {
    node.crash()
    later(world, length, () => node.boot())
    return
  }
  node.pause(kind === 'node sleeps' ? 'asleep' : 'stopped')
  later(world, length, () => node.resume())
}
