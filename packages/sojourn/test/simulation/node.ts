import { assemble } from '../../src/create-session-manager.js'
import type { SessionManager } from '../../src/manager.js'
import type { Cluster } from './cluster.js'
import { type Dice, hashText, seededBytes } from './dice.js'
import { type NodeClock, nodeClock } from './node-clock.js'
import type { Process, Schedule } from './schedule.js'
import { type Wire, wire } from './wire.js'

/** Settings under which a few seconds show what matters: activity is written, caches are small, limits are met. */
export interface NodeSettings {
  readonly limit: number
  readonly cached: number
  readonly grace: number
}

/** A machine with one process of the real library on it. */
export interface SimNode {
  readonly name: string
  readonly clock: NodeClock
  readonly wire: Wire
  readonly process: Process
  /** Undefined while it starts, or has crashed. */
  manager: SessionManager | undefined
  /** Goes up at each start: what an earlier process knew is gone. */
  start: number
  /** The process is stopped; or the whole machine sleeps, and its monotonic clock stands still meanwhile. */
  pause(how: 'stopped' | 'asleep'): void
  resume(): void
  /** Puts the wall clock forward or back. Answers whether that was possible. */
  jump(by: number): boolean
  crash(): void
  boot(): void
}

export const LEASE = 2_000

/** The same in each history, so that the ring of keys can be kept from one to the next. */
export const MASTER: Uint8Array = Uint8Array.from({ length: 32 }, (_, at) => (at * 73 + 41) & 255)

export function simNode(
  name: string,
  parts: {
    readonly world: Schedule
    readonly dice: Dice
    readonly cluster: Cluster
    readonly settings: NodeSettings
    readonly happened: (kind: string) => void
  },
): SimNode {
  const { world, dice, cluster, settings, happened } = parts
  const first: Process = { isPaused: false, isGone: false, backlog: [] }
  const clock = nodeClock(world, dice.between(-0.01, 0.01), dice.between(-100, 100), first)
  let pausedAt = 0
  let isAsleep = false
  let wokeAt = Number.NEGATIVE_INFINITY
  let jumpedAt = Number.NEGATIVE_INFINITY

  const wireFor = (process: Process): Wire => wire({ world, dice, cluster, process, clock, happened })
  async function open(process: Process, start: number): Promise<void> {
    for (;;) {
      try {
        const manager = await assemble(
          {
            keys: { master: MASTER },
            idleTimeout: 60_000,
            maxConcurrentSessions: settings.limit,
            renewal: { threshold: '8h', gracePeriod: settings.grace, maxRenewals: 100 },
            cleanupInterval: 0,
            lease: LEASE,
            nodeName: name,
            cache: { maxSessions: settings.cached },
            contextValidation: { enabled: false },
          },
          { store: node.wire.store, clock, random: seededBytes(hashText(`${name}.${start}`, dice.seed)) },
        )
        if (!process.isGone) node.manager = manager
        return
      } catch {
        // The store is away. A process manager would start it again, too.
        await new Promise<void>((resolve) => world.at(world.now() + 100, resolve, process))
      }
    }
  }
  const node: SimNode & { process: Process; wire: Wire } = {
    name,
    clock,
    process: first,
    wire: wireFor(first),
    manager: undefined,
    start: 0,
    pause(how) {
      pausedAt = world.now()
      isAsleep = how === 'asleep' && pausedAt - jumpedAt > LEASE
      node.process.isPaused = true
    },
    resume() {
      if (!node.process.isPaused) return
      if (isAsleep) {
        wokeAt = world.now()
        clock.slept(wokeAt - pausedAt)
      }
      isAsleep = false
      world.resume(node.process, dice.chance(0.5))
    },
    jump(by) {
      // A sleep is known by the distance between both clocks. One that was put back, in the same lease, by as much as it slept
      // cannot tell; and while a machine sleeps nobody on it sets its clock.
      if (isAsleep || world.now() - wokeAt <= LEASE) return false
      jumpedAt = world.now()
      clock.jump(by)
      return true
    },
    crash() {
      node.process.isGone = true
      node.manager = undefined
      for (const ear of [...node.wire.ears]) ear.cut()
    },
    boot() {
      node.start++
      const process: Process = { isPaused: false, isGone: false, backlog: [] }
      const { route, path, earPath, loss } = node.wire
      node.process = process
      clock.process = process
      node.wire = wireFor(process)
      // It asks its way to the primary when it starts.
      Object.assign(node.wire, { route: node.start === 1 ? route : cluster.primary(), path, earPath, loss })
      void open(process, node.start)
    },
  }
  return node
}
