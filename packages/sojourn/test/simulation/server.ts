import type { Called } from '../../src/signal/signal.js'
import type { Row } from '../../src/store/store.js'
import type { Schedule } from './schedule.js'

/** What a server keeps, and its replicas copy. The register stands among the data, as it does in Redis. */
export interface Kept {
  readonly rows: Map<string, Row>
  readonly members: Map<string, number>
  run: string | undefined
  since: number
  born: number
}

/** One change, as it is sent to the replicas. */
export type Change = (kept: Kept) => void

/** A connection that listens. Messages come in their order, after a while; the world decides what becomes of it. */
export interface ServerEar {
  hand(message: string): void
  lost(): void
}

export interface Server {
  readonly name: string
  kept: Kept
  /** New at each start. */
  run: string
  startedAt: number
  /** Whether this start of it was ever made the primary in the place of another one. */
  wasPromoted: boolean
  isUp: boolean
  /** It neither answers nor copies: a stopped process. What is sent to it waits. */
  isPaused: boolean
  waiting: (() => void)[]
  /** How many changes it has taken in its present line of copies. */
  offset: number
  readonly ears: Set<ServerEar>
  /** Told of each change that this server makes as a primary. */
  copy: (change: Change) => void
  /** How far its clock is from that of the world. */
  readonly skew: number
}

export const emptyKept = (): Kept => ({ rows: new Map(), members: new Map(), run: undefined, since: 0, born: 0 })

export const copyOf = (kept: Kept): Kept => ({ ...kept, rows: new Map(kept.rows), members: new Map(kept.members) })

export function makeServer(name: string, skew: number): Server {
  return {
    name,
    skew,
    kept: emptyKept(),
    run: `${name}.1`,
    startedAt: -100_000,
    wasPromoted: false,
    isUp: true,
    isPaused: false,
    waiting: [],
    offset: 0,
    ears: new Set(),
    copy: () => undefined,
  }
}

function change(server: Server, what: Change): void {
  what(server.kept)
  server.copy(what)
}

const publish = (server: Server, message: string): number => {
  for (const ear of server.ears) ear.hand(message)
  return server.ears.size
}

const clockOf = (world: Schedule, server: Server): number => Math.floor(world.now() + server.skew)

/** As the register script of the Redis store has it. */
function begin(world: Schedule, server: Server): { readonly since: number; readonly born: number; readonly incarnation: string } {
  const now = clockOf(world, server)
  const { kept } = server
  if (kept.run !== server.run) {
    const since = kept.run === undefined && !server.wasPromoted ? Math.min(now, server.startedAt + 1_000) : now
    const { run } = server
    change(server, (each) => Object.assign(each, { run, since, born: now }))
  }
  return { since: server.kept.since, born: server.kept.born, incarnation: `${server.run}:${server.kept.born}` }
}

/** The verbs of a primary. Each is one step. */
export const verbs = {
  insert(server: Server, row: Row): number {
    if (server.kept.rows.has(row.id)) return 0
    change(server, ({ rows }) => rows.set(row.id, row))
    return row.owner === null ? 1 : verbs.list(server, row.owner).length
  },
  get: (server: Server, id: string): Row | undefined => server.kept.rows.get(id),
  replace(server: Server, row: Row, message: string | undefined): boolean {
    const current = server.kept.rows.get(row.id)
    if (current === undefined || current.version !== row.version - 1) return false
    // As the script of the Redis store has it: one that was read at another place may have the same number.
    if (current.owner === null && row.owner !== null) return false
    change(server, ({ rows }) => rows.set(row.id, row))
    if (message !== undefined) publish(server, message)
    return true
  },
  remove(server: Server, id: string, version: number | undefined, message: string | undefined): Row | undefined {
    const current = server.kept.rows.get(id)
    if (current === undefined || (version !== undefined && current.version !== version)) return undefined
    change(server, ({ rows }) => rows.delete(id))
    if (message !== undefined) publish(server, message)
    return current
  },
  list(server: Server, owner: string): Row[] {
    const rows = [...server.kept.rows.values()].filter((row) => row.owner === owner)
    return rows.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  },
  register(world: Schedule, server: Server, node: string, life: number, message: string): string {
    const { incarnation } = begin(world, server)
    const until = clockOf(world, server) + life
    change(server, ({ members }) => members.set(node, until))
    publish(server, message)
    return incarnation
  },
  call(world: Schedule, server: Server, message: string): Called {
    const { since, born } = begin(world, server)
    const now = clockOf(world, server)
    publish(server, message)
    const members = [...server.kept.members].map(([node, until]) => ({ node, remaining: until - now })).filter((each) => each.remaining > 0)
    return { members, servesFor: now - since, registerAge: now - born }
  },
  send(server: Server, message: string): void {
    publish(server, message)
  },
  leave(server: Server, node: string): void {
    change(server, ({ members }) => members.delete(node))
  },
}
