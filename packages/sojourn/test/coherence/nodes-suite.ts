import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/testing/index.js'
import { type Bundle, bundleWorker } from '../store/bundle-worker.js'
import type { Place, Verdicts } from './orders.js'
import { type NodeProcess, startNode } from './start-node.js'

/** What three nodes stand on, and what can be done to it. */
export interface Topology {
  /** Where each of the three finds the store; the last one may go another way, which can be muffled. */
  readonly places: readonly Omit<Place, 'name'>[]
  readonly faults?: Faults
  stop(): Promise<void>
}

type Fault = 'cutEars' | 'failOver' | 'muffle' | 'stopUp' | 'wipe' | 'restart'

export type Faults = { readonly [Name in Fault]?: () => Promise<void> | void } & {
  /** Ends `muffle` and `stopUp`. */
  readonly open?: () => void
}

const LEASE = 2_000
/** How soon a node answers again once it can. */
const BACK = 3_000
const isLong = process.env['SOJOURN_LONG'] === '1'
const SEED = Number(process.env['SOJOURN_TEST_SEED'] ?? 20_261_121)
const NODES = 3

export interface NodesSuite {
  /**
   * What is done to the store: `cutEars` cuts the connections on which all nodes hear of changes. `failOver` has another server
   * take the place of the one that takes writes, and resolves when it has. With `muffle` the last node
   * hears nothing and is not told so, while what it asks is answered; with `stopUp` nothing gets through at all. `wipe` takes
   * all data away, `restart` has the server begin anew without any.
   */
  readonly faults?: readonly Fault[]
  /** Sessions that are ended, and how often each of them is presented to each node afterwards. */
  readonly rounds?: number
  readonly times?: number
}

/** 3,600 validations after the end on each topology, or 100,800. */
const SIZE = isLong ? { rounds: 840, times: 40 } : { rounds: 30, times: 40 }

const accepted = (verdicts: Verdicts): number => verdicts['OK'] ?? 0

/** Three processes on one store: what one has ended, no other accepts. */
export function describeNodes(name: string, open: () => Promise<Topology>, suite: NodesSuite): void {
  const { faults = [], rounds = SIZE.rounds, times = SIZE.times } = suite
  describe(`three processes on ${name}`, () => {
    let bundle: Bundle
    let topology: Topology
    let nodes: readonly NodeProcess[] = []
    const random = seededRandom(SEED)
    let users = 0

    beforeAll(async () => {
      ;[bundle, topology] = await Promise.all([bundleWorker('../coherence/node-process.ts'), open()])
      nodes = await Promise.all(topology.places.map((place, at) => startNode(bundle.file, { ...place, name: `node-${at}` })))
    }, 120_000)
    afterAll(async () => {
      await Promise.all(nodes.map((node) => node.kill()))
      bundle?.remove()
      await topology?.stop()
    })
    const nodeAt = (at: number): NodeProcess => {
      const node = nodes[at % NODES]
      if (node === undefined) throw new Error('there is no such node')
      return node
    }
    /** A session that every node has answered for, from its memory where it has one. */
    async function warmSession(): Promise<string> {
      const token = await nodeAt(random.below(NODES)).create(`user-${++users}`)
      for (const node of nodes) expect(await node.validate(token, 3)).toEqual({ OK: 3 })
      return token
    }
    async function inflict(fault: Fault): Promise<void> {
      const act = topology.faults?.[fault]
      if (act === undefined) throw new Error(`${fault} is not possible here`)
      await act()
    }
    const everybody = (token: string): Promise<readonly Verdicts[]> => Promise.all(nodes.map((node) => node.validate(token, times)))
    async function untilBack(node: NodeProcess, token: string): Promise<number> {
      const begun = performance.now()
      for (;;) {
        const verdicts = await node.validate(token)
        if (accepted(verdicts) === 1) return performance.now() - begun
        expect(verdicts, 'a living session').toEqual({ STORE_UNAVAILABLE: 1 })
        if (performance.now() - begun > 2 * BACK) throw new Error('the node does not come back')
        await pause(20)
      }
    }
    const untilAllBack = async (token: string): Promise<number> =>
      Math.max(...(await Promise.all(nodes.map((node) => untilBack(node, token)))))

    it('accept no session that one of them has ended everywhere, while all of them are asked all the time [TRM-1 ATK-024]', async () => {
      const lasted: number[] = []
      // The first end of a new installation waits until the register of nodes is a lease old.
      await nodeAt(0).terminate(await warmSession())
      for (let round = 0; round < rounds; round++) {
        const token = await warmSession()
        await Promise.all(nodes.map((node) => node.hammer(token)))
        const begun = performance.now()
        expect(await nodeAt(random.below(NODES)).terminate(token)).toBe('everywhere')
        lasted.push(performance.now() - begun)
        expect(await everybody(token), `seed ${SEED}, round ${round}`).toEqual(nodes.map(() => ({ SESSION_REVOKED: times })))
        await Promise.all(nodes.map((node) => node.hush()))
      }
      lasted.sort((a, b) => a - b)
      if (isLong)
        process.stdout.write(`${name}: an end took ${lasted[rounds >> 1]?.toFixed(1)} ms (p50), ${lasted.at(-1)?.toFixed(1)} ms (most)\n`)
      expect(lasted[rounds >> 1]).toBeLessThan(LEASE / 2)
    }, 600_000)

    it('accept nothing that was ended while one of them stood still for longer than its lease [TRM-1 TRM-3]', async () => {
      const [token, living] = [await warmSession(), await warmSession()]
      const stopped = nodeAt(2)
      stopped.pause()
      expect(await nodeAt(0).terminate(token)).toBe('everywhere')
      // Waits in the way to the process, and is judged as soon as it moves.
      const queued = [stopped.validate(token, 1), stopped.validate(living, 1), stopped.validate(token, times)]
      await pause(LEASE / 2)
      stopped.resume()
      const [first = {}, ofLiving = {}, rest = {}] = await Promise.all(queued)
      expect([accepted(first), accepted(rest)]).toEqual([0, 0])
      expect(Object.keys(ofLiving).every((code) => code === 'OK' || code === 'STORE_UNAVAILABLE')).toBe(true)
      expect(await untilBack(stopped, living)).toBeLessThan(BACK)
      expect(await everybody(token)).toEqual(nodes.map(() => ({ SESSION_REVOKED: times })))
    })

    it('accept nothing that was ended before they stood still and went on within the lease [TRM-3]', async () => {
      const token = await warmSession()
      const stopped = nodeAt(1)
      stopped.pause()
      const end = nodeAt(0).terminate(token)
      const queued = end.then(() => stopped.validate(token, times))
      await pause(200)
      stopped.resume()
      expect(await end).toBe('everywhere')
      expect(accepted(await queued)).toBe(0)
    })

    const whenCut = async (): Promise<void> => {
      const living = await warmSession()
      for (let round = 0; round < (isLong ? 20 : 3); round++) {
        const token = await warmSession()
        const cut = inflict('cutEars')
        const level = await nodeAt(random.below(NODES)).terminate(token)
        const judged = await everybody(token)
        // Below `everywhere` the others have the length of a lease.
        if (level === 'everywhere') expect(judged.map(accepted)).toEqual([0, 0, 0])
        await cut
        expect(await untilAllBack(living)).toBeLessThan(BACK)
        expect(await everybody(token)).toEqual(nodes.map(() => ({ SESSION_REVOKED: times })))
      }
    }
    if (faults.includes('cutEars')) it('accept nothing that was ended when the connections were cut on which they hear [TRM-3]', whenCut)

    const whenReplaced = async (): Promise<void> => {
      const [before, living] = [await warmSession(), await warmSession()]
      // That every copy has it says that every copy has the living one, which is older.
      expect(await nodeAt(0).terminate(before)).toBe('everywhere')
      await inflict('failOver')
      expect(await everybody(before)).toSatisfy((all: readonly Verdicts[]) => all.every((one) => accepted(one) === 0))
      await untilAllBack(living)
      expect(await everybody(before)).toEqual(nodes.map(() => ({ SESSION_REVOKED: times })))
      const after = await warmSession()
      expect(['durable', 'everywhere']).toContain(await nodeAt(1).terminate(after))
      expect(await everybody(after)).toEqual(nodes.map(() => ({ SESSION_REVOKED: times })))
    }
    if (faults.includes('failOver'))
      it(
        'accept nothing that was ended when another server takes over, and the living ones again soon [TRM-3 AVL-4]',
        { timeout: 60_000 },
        whenReplaced,
      )

    it.each(faults.filter((fault) => fault === 'muffle' || fault === 'stopUp'))(
      'accept nothing after the lease when one of them is shut off (%s) [TRM-3 ATK-024]',
      async (how) => {
        const [token, living] = [await warmSession(), await warmSession()]
        const deaf = nodeAt(2)
        await inflict(how)
        const begun = performance.now()
        expect(await nodeAt(0).terminate(token)).toBe('everywhere')
        // Each of them waits for a second before it is told that nobody knows.
        expect(accepted(await deaf.validate(token, 2))).toBe(0)
        await pause(Math.max(0, begun + LEASE - performance.now()))
        expect(await deaf.validate(living), 'a living session').toEqual({ STORE_UNAVAILABLE: 1 })
        expect(await deaf.mode()).toBe('degraded')
        expect(await nodeAt(1).validate(living, times)).toEqual({ OK: times })
        topology.faults?.open?.()
        expect(await untilBack(deaf, living)).toBeLessThan(BACK)
        expect(await everybody(token)).toEqual(nodes.map(() => ({ SESSION_REVOKED: times })))
      },
    )

    it.each(faults.filter((fault) => fault === 'wipe' || fault === 'restart'))(
      'accept nothing any more once all data is gone (%s)',
      async (how) => {
        if (how === 'restart') {
          await Promise.all(nodes.map((node) => node.kill()))
          nodes = await Promise.all(topology.places.map((place, at) => startNode(bundle.file, { ...place, name: `again-${at}` })))
        }
        const token = await warmSession()
        await Promise.all(nodes.map((node) => node.hammer(token)))
        await inflict(how)
        await pause(LEASE)
        expect((await everybody(token)).map(accepted)).toEqual([0, 0, 0])
        await Promise.all(nodes.map((node) => node.hush()))
      },
    )
  })
}
