import type { Dice } from './dice.js'
import type { Schedule } from './schedule.js'
import { type Change, copyOf, emptyKept, type Kept, makeServer, type Server } from './server.js'

/** A primary with two replicas: copies follow after a while, and a fail-over makes a replica the primary. */
export interface Cluster {
  readonly servers: readonly Server[]
  /** The one whose data counts. Another may still take itself for the primary. */
  primary(): Server
  /** Goes up whenever copies start anew: what a connection knew of the copies before counts no longer. */
  term(): number
  /** Servers that answer as a primary although another one was made it. */
  isDeposed(server: Server): boolean
  /** Resolves whether all replicas have what this server had taken by now. */
  copied(server: Server, offset: number, wait: number): Promise<boolean>
  stall(replica: Server, isStalled: boolean): void
  /** Makes a replica the primary. The old one dies, or goes on answering those who still reach it. */
  failOver(to: 'best' | 'worst', old: 'dies' | 'answers'): boolean
  /** The old primary finds out, or comes back, as a replica; if another one has taken its place it is gone for good. */
  rejoin(server: Server): void
  /** Somebody starts another replica in the place of a primary that has been replaced, which may still answer. */
  enlist(instead: Server): void
  /** The primary starts anew with what `keeps` says: everything that it had, or nothing. */
  restart(keeps: 'all' | 'nothing'): void
  /** All rows go, while the server runs on. */
  empty(): void
  /** The data become those of an earlier instant, as after the restoring of a backup. */
  travel(to: Kept): void
  replicas(): readonly Server[]
}

export interface ClusterOptions {
  readonly world: Schedule
  readonly dice: Dice
  /** The data that counts has changed hands: what was there before, and what is there now. */
  readonly swapped: (before: Kept, after: Kept, why: 'fail-over' | 'loss') => void
  /** A server whose data does not count has taken a change. */
  readonly astray: (before: Kept, server: Server) => void
}

const COPIES = 2
const COPY_DELAY: readonly [number, number] = [0.2, 3]
const RESYNC_DELAY: readonly [number, number] = [20, 120]

interface Line {
  readonly replica: Server
  isStalled: boolean
  /** Whether it has everything of this term up to some offset. */
  isLinked: boolean
  acked: number
  queue: Change[]
  last: number
}

export function cluster({ world, dice, swapped, astray }: ClusterOptions): Cluster {
  const servers = ['a', 'b', 'c'].map((name) => makeServer(name, dice.between(-20, 20)))
  let head = servers[0]!
  let term = 1
  let starts = 1
  const deposed = new Set<Server>()
  const dismissed = new Set<Server>()
  const lines = new Map<Server, Line>()
  const waiters = new Set<() => void>()

  const wake = (): void => {
    for (const waiter of [...waiters]) waiter()
  }
  /** Takes what is queued, in order, and tells the primary. */
  const drain = (line: Line): void => {
    const { replica } = line
    if (line.isStalled || !replica.isUp || replica.isPaused) return
    for (const change of line.queue.splice(0)) {
      change(replica.kept)
      replica.offset++
    }
    const mine = term
    const { offset } = replica
    world.at(world.now() + dice.between(...COPY_DELAY), () => {
      if (mine !== term || lines.get(replica) !== line || head.isPaused) return
      line.acked = Math.max(line.acked, offset)
      wake()
    })
  }
  const link = (replica: Server): void => {
    const line: Line = { replica, isStalled: lines.get(replica)?.isStalled ?? false, isLinked: false, acked: -1, queue: [], last: 0 }
    lines.set(replica, line)
    const mine = term
    const resync = (): void => {
      if (mine !== term || lines.get(replica) !== line) return
      if (line.isStalled || !replica.isUp || replica.isPaused || head.isPaused || !head.isUp) {
        world.at(world.now() + 50, resync)
        return
      }
      replica.kept = copyOf(head.kept)
      replica.offset = head.offset
      line.queue = []
      line.isLinked = true
      drain(line)
    }
    world.at(world.now() + dice.between(...RESYNC_DELAY), resync)
  }
  const lead = (server: Server): void => {
    head = server
    server.copy = (change) => {
      server.offset++
      if (server !== head) return
      const mine = term
      for (const line of lines.values()) {
        if (!line.isLinked) continue
        line.last = Math.max(line.last, world.now() + dice.between(...COPY_DELAY))
        world.at(line.last, () => {
          if (mine !== term) return
          line.queue.push(change)
          drain(line)
        })
      }
    }
  }
  const stray = (server: Server): void => {
    const before = copyOf(server.kept)
    server.copy = () => {
      server.offset++
      astray(before, server)
    }
  }
  const startAnew = (server: Server): void => {
    server.run = `${server.name}.${++starts}`
    server.startedAt = world.now()
    server.wasPromoted = false
    server.waiting = []
    for (const ear of server.ears) ear.lost()
    server.ears.clear()
  }
  const relink = (): void => {
    term++
    for (const server of servers) if (server !== head && !deposed.has(server) && server.isUp) link(server)
    wake()
  }

  lead(head)
  for (const server of servers.slice(1)) {
    lines.set(server, { replica: server, isStalled: false, isLinked: true, acked: 0, queue: [], last: 0 })
  }

  return {
    servers,
    primary: () => head,
    term: () => term,
    isDeposed: (server) => server !== head,
    replicas: () => [...lines.keys()],
    copied(server, offset, wait) {
      const mine = term
      return new Promise((resolve) => {
        const finish = (isCopied: boolean): void => {
          waiters.delete(look)
          cancel()
          resolve(isCopied)
        }
        const look = (): void => {
          if (mine !== term || server !== head) return
          const copies = [...lines.values()].filter((line) => line.isLinked && line.acked >= offset).length
          if (copies >= COPIES) finish(true)
        }
        const cancel = world.at(world.now() + wait, () => finish(false))
        waiters.add(look)
        look()
      })
    },
    stall(replica, isStalled) {
      const line = lines.get(replica)
      if (line === undefined) return
      line.isStalled = isStalled
      if (line.isLinked) drain(line)
    },
    failOver(to, old) {
      const ready = [...lines.values()].filter((line) => line.isLinked && line.replica.isUp).map((line) => line.replica)
      ready.sort((a, b) => b.offset - a.offset)
      const next = to === 'best' ? ready[0] : ready.at(-1)
      if (next === undefined) return false
      const before = head
      lines.clear()
      deposed.add(before)
      if (old === 'dies') {
        before.isUp = false
        for (const ear of before.ears) ear.lost()
        before.ears.clear()
        before.waiting = []
      }
      stray(before)
      next.wasPromoted = true
      swapped(before.kept, next.kept, 'fail-over')
      lead(next)
      relink()
      return true
    },
    enlist(instead) {
      if (!deposed.has(instead) || dismissed.has(instead)) return
      dismissed.add(instead)
      const another = makeServer(`r${servers.length}`, dice.between(-20, 20))
      another.startedAt = world.now()
      servers.push(another)
      link(another)
    },
    rejoin(server) {
      if (dismissed.has(server)) {
        server.isUp = false
        for (const ear of server.ears) ear.lost()
        server.ears.clear()
        server.waiting = []
        return
      }
      if (!deposed.delete(server)) return
      if (!server.isUp) startAnew(server)
      server.isUp = true
      for (const ear of server.ears) ear.lost()
      server.ears.clear()
      link(server)
    },
    restart(keeps) {
      startAnew(head)
      if (keeps === 'nothing') {
        const before = head.kept
        head.kept = emptyKept()
        swapped(before, head.kept, 'loss')
      }
      relink()
    },
    empty() {
      const before = copyOf(head.kept)
      const change: Change = (kept) => Object.assign(kept, emptyKept())
      change(head.kept)
      swapped(before, head.kept, 'loss')
      head.copy(change)
    },
    travel(to) {
      const before = head.kept
      startAnew(head)
      head.kept = copyOf(to)
      swapped(before, head.kept, 'loss')
      relink()
    },
  }
}
