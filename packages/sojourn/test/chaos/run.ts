import { setTimeout as pause } from 'node:timers/promises'
import { type SeededRandom, seededRandom } from '../../src/testing/seeded-random.js'
import { type NodeProcess, startNode } from '../coherence/start-node.js'
import { type History, openHistory } from './history.js'
import type { Chaos } from './topologies.js'

/** What one run came to. */
export interface Run {
  readonly history: History
  /** What went wrong, in its order. */
  readonly faults: readonly string[]
}

const NODES = 3
/** How long things go wrong. */
const TROUBLE = 5_000
/** From the end of all troubles until every node can log in, end and refuse again: a fail-over, and a few leases. */
const AGAIN = 20_000
const FIRST_SESSIONS = 8
/** Between two requests. */
const BEAT = 12

interface Fleet {
  readonly nodes: (NodeProcess | undefined)[]
  start(at: number): Promise<void>
}

async function openFleet(chaos: Chaos, script: string, seed: number): Promise<Fleet> {
  const nodes: (NodeProcess | undefined)[] = Array.from({ length: NODES })
  let starts = 0
  const start = async (at: number): Promise<void> => {
    const place = chaos.places[at % chaos.places.length]
    if (place === undefined) throw new Error('a topology has no places')
    for (let tries = 0; ; tries++) {
      try {
        nodes[at] = await startNode(script, { ...place, name: `chaos-${seed}-${at}-${++starts}` }, 'ignore')
        return
      } catch (fault) {
        // The store is away. A process manager would start it again, too.
        if (tries === 20) throw fault
        await pause(300)
      }
    }
  }
  await Promise.all([0, 1, 2].map(start))
  return { nodes, start }
}

/** What can happen to a node. */
function nodeFaults({ nodes, start }: Fleet): Readonly<Record<string, (random: SeededRandom) => Promise<void>>> {
  return {
    async 'node killed'(random) {
      const at = random.below(NODES)
      const node = nodes[at]
      nodes[at] = undefined
      await node?.kill()
      await pause(random.below(800))
      await start(at)
    },
    async 'node stopped'(random) {
      const node = nodes[random.below(NODES)]
      node?.pause()
      await pause(random.pick([400, 2_600]))
      node?.resume()
    },
    async 'clock jumped'(random) {
      void nodes[random.below(NODES)]?.jump(random.pick([-3_600_000, -4_000, 4_000]))
    },
  }
}

/** One request after the other, not waited for, until `until`. What a killed node owed is never answered. */
async function work({ nodes }: Fleet, history: History, random: SeededRandom, until: number): Promise<void> {
  const ignore = (): void => undefined
  while (performance.now() < until) {
    const at = random.below(NODES)
    const node = nodes[at]
    const living = history.sessions.filter(({ isEnding }) => !isEnding)
    const dice = random.float()
    // The last ones are asked for most: those that have just been ended, or are about to be.
    const newest = history.sessions.slice(-6)
    if (node === undefined) {
      await pause(BEAT)
      continue
    }
    if (dice < 0.05 || living.length < 3) void history.create(node, `user-${random.below(3)}`).catch(ignore)
    else if (dice < 0.09) void history.terminate(node, random.pick(living)).catch(ignore)
    else void history.validate(node, `node ${at}`, random.pick(dice < 0.6 ? newest : history.sessions)).catch(ignore)
    await pause(BEAT)
  }
}

/** Everything works again: each node logs in, ends for all, and no node accepts what was ended. */
async function useAgain({ nodes }: Fleet, history: History): Promise<void> {
  const end = performance.now() + AGAIN
  for (const [at, node] of nodes.entries()) {
    for (;;) {
      const isDone = await everywhereAgain(history, node, at).catch(() => false)
      if (isDone) break
      if (performance.now() > end) {
        history.violations.push(`node ${at} does not work again within ${AGAIN} ms`)
        break
      }
      await pause(200)
    }
  }
  const ended = history.sessions.filter((known) => known.end !== undefined)
  for (const [at, node] of nodes.entries()) {
    for (const known of ended) if (node !== undefined) await history.validate(node, `node ${at} at last`, known)
  }
}

async function everywhereAgain(history: History, node: NodeProcess | undefined, at: number): Promise<boolean> {
  if (node === undefined) return false
  await history.create(node, `later-${at}`)
  const known = history.sessions.at(-1)
  if (known === undefined) return false
  await history.terminate(node, known)
  return known.end?.level === 'everywhere'
}

/** Three processes on a real store, while it and they are maltreated. The same seed chooses the same faults. */
export async function runChaos(chaos: Chaos, script: string, seed: number): Promise<Run> {
  // Seeds that follow each other would choose alike at first.
  const random = seededRandom(seed * 7_919)
  random.float()
  const history = openHistory()
  const fleet = await openFleet(chaos, script, seed)
  try {
    const all = { ...chaos.faults, ...nodeFaults(fleet) }
    const chosen = Array.from({ length: 3 }, () => random.pick(Object.keys(all)))
    const first = fleet.nodes[0]
    for (let count = 0; count < FIRST_SESSIONS && first !== undefined; count++) await history.create(first, `user-${count % 3}`)
    const working = work(fleet, history, seededRandom(seed + 1), performance.now() + TROUBLE)
    const troubles = chosen.map(async (name, at) => {
      await pause(400 + at * 900 + random.below(600))
      history.counts.faults++
      await all[name]?.(random).catch((fault: unknown) => {
        // A server that is away cannot be told to misbehave as well.
        if (!(fault instanceof Error)) throw fault
      })
    })
    await Promise.all([working, ...troubles])
    for (const node of fleet.nodes) node?.resume()
    await chaos.whole()
    await useAgain(fleet, history)
    return { history, faults: chosen }
  } finally {
    await Promise.all(fleet.nodes.map(async (node) => await node?.kill()))
  }
}
