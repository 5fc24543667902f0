import { storeUnavailable } from '../../src/errors.js'
import type { Channel, Channels, Ears, Kept, Listening } from '../../src/signal/signal.js'
import type { ReplicatedStore, Row, ScannableStore } from '../../src/store/store.js'
import type { Cluster } from './cluster.js'
import type { Dice } from './dice.js'
import type { NodeClock } from './node-clock.js'
import type { Process, Schedule } from './schedule.js'
import { type Server, type ServerEar, verbs } from './server.js'

/** How messages pass between a node and a server. */
export type Path = 'open' | 'cut' | 'black hole'

/** What one node reaches of the store, and what the world does to it. */
export interface Wire {
  readonly store: ScannableStore & ReplicatedStore
  /** Which server this node takes for the primary. */
  route: Server
  /** The connections over which questions go; ears are connections of their own. */
  path: Path
  /** Ears that are open on this side. */
  readonly ears: Set<NodeEar>
  /** Whether new ears hear nothing, as through a dead link. */
  earPath: Path
  /** Chances of each question. */
  loss: { before: number; after: number; slow: number }
  /** What really happened, by kind. */
  readonly happened: (kind: string) => void
}

export interface NodeEar {
  /** The connection breaks and both ends know it. */
  cut(): void
  /** Nothing passes any more, and nobody knows. */
  hole(): void
  /** The server has let go of it; this side does not know. */
  halfOpen(): void
  /** What was held up arrives, late and in its order. */
  heal(): void
}

export interface WireOptions {
  readonly world: Schedule
  readonly dice: Dice
  readonly cluster: Cluster
  readonly process: Process
  readonly clock: NodeClock
  readonly happened: (kind: string) => void
}

const DELAY: readonly [number, number] = [0.1, 2]
const SLOW: readonly [number, number] = [5, 500]
const TIMEOUT = 400
const WAIT = 500
/** After an unanswered write nobody can tell for this long what a later count of copies speaks of. */
const DOUBT = 2_000

const lost = (what: string): Error => storeUnavailable(new Error(what))

interface Mark {
  readonly server: Server
  readonly run: string
  readonly term: number
  readonly offset: number
  readonly at: number
  /** Others may have written since. */
  readonly isBehind: boolean
}

export function wire(options: WireOptions): Wire {
  const { world, dice, cluster, process, clock, happened } = options
  const marks = new Map<string, Mark | { readonly doubtfulUntil: number }>()
  const channels = new Map<Server, Channel>()

  /** Asks the server that this node takes for the primary. What is lost or late is so for the world as well. */
  function ask<Answer>(work: (server: Server) => Answer | Promise<Answer>, at: Server = self.route): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(TIMEOUT, () => reject(lost('No answer came in time.')))
      const settle = (run: () => void, held = 0): void => {
        world.at(
          world.now() + dice.between(...DELAY) + held,
          () => {
            cancel()
            run()
          },
          process,
        )
      }
      const fate = dice.float()
      const { before, after, slow } = self.loss
      const isLostBefore = fate < before
      const isLostAfter = !isLostBefore && fate < before + after
      const isSlow = !isLostBefore && !isLostAfter && fate < before + after + slow
      // Late on its way there, or on its way back.
      const late = isSlow ? dice.between(...SLOW) : 0
      const lateAnswer = dice.chance(0.5) ? late : 0
      const refuse = (why: string): void => settle(() => reject(lost(why)))
      const arrive = (): void => {
        if (!at.isUp) refuse('The connection was refused.')
        else if (at.isPaused) at.waiting.push(arrive)
        else if (cluster.replicas().includes(at)) refuse('This server is a replica.')
        else {
          const answer = work(at)
          if (isLostAfter) happened('lost after')
          else void Promise.resolve(answer).then((value) => self.path !== 'black hole' && settle(() => resolve(value), lateAnswer))
        }
      }
      if (isSlow) happened('slow')
      if (self.path === 'cut') refuse('The connection was refused.')
      else if (isLostBefore || self.path === 'black hole') happened(isLostBefore ? 'lost before' : 'black hole')
      else world.at(world.now() + dice.between(...DELAY) + late - lateAnswer, arrive)
    })
  }
  // What is settled is all that was written to a bucket, not to one row.
  const bucketOf = (id: string): string => id.slice(0, 2)
  const markOf = (server: Server): Mark => ({
    server,
    run: server.run,
    term: cluster.term(),
    offset: server.offset,
    at: clock.monotonic(),
    isBehind: false,
  })
  /** What is counted from now on. Whatever went to another server before, or to an earlier start of it, is in doubt for a while. */
  function note(id: string, mark: Mark): void {
    const now = clock.monotonic()
    const known = marks.get(bucketOf(id))
    const isKnown = known !== undefined && 'server' in known && known.at > now - DOUBT
    if (isKnown && (known.server !== mark.server || known.run !== mark.run)) marks.set(bucketOf(id), { doubtfulUntil: now + DOUBT })
    else if (known === undefined || 'server' in known || known.doubtfulUntil < now) marks.set(bucketOf(id), mark)
  }
  /** A write, with what has to be known to find out whether it was copied. */
  async function write<Answer>(id: string, work: (server: Server) => Answer): Promise<Answer> {
    try {
      const { answer, mark } = await ask((server) => {
        const answer = work(server)
        return { answer, mark: markOf(server) }
      })
      note(id, mark)
      return answer
    } catch (fault) {
      marks.set(bucketOf(id), { doubtfulUntil: clock.monotonic() + DOUBT })
      throw fault
    }
  }
  async function copied(mark: Mark): Promise<'stored' | 'durable'> {
    const { server } = mark
    try {
      const isCopied = await ask((at) => {
        if (at !== server || at.run !== mark.run || cluster.term() !== mark.term) return false
        return cluster.copied(at, mark.offset, WAIT * 0.6)
      })
      return isCopied ? 'durable' : 'stored'
    } catch {
      return 'stored'
    }
  }
  /** A read: what it shows may have been written by others, after our own last write, and stands at this server only. */
  async function read<Answer>(id: string, work: (server: Server) => Answer): Promise<Answer> {
    const { answer, mark } = await ask(async (server) => ({ answer: await work(server), mark: markOf(server) }))
    note(id, { ...mark, isBehind: true })
    return answer
  }
  async function settle(id: string): Promise<'stored' | 'durable'> {
    const known = marks.get(bucketOf(id))
    if (known !== undefined && !('server' in known) && known.doubtfulUntil > clock.monotonic()) return 'stored'
    const own = known !== undefined && 'server' in known && known.at > clock.monotonic() - DOUBT ? known : undefined
    if (own !== undefined && !own.isBehind) return await copied(own)
    try {
      const now = await ask(markOf)
      const isSame = own === undefined || (own.server === now.server && own.run === now.run && own.term === now.term)
      return isSame ? await copied(now) : 'stored'
    } catch {
      return 'stored'
    }
  }
  function listen(server: Server, ears: Ears): Promise<Listening> {
    const ear = openEar(options, self, server, ears)
    return ask((at) => {
      ear.attach(at)
    }, server).then(() => ear.listening)
  }
  const channelOf = (server: Server): Channel => {
    const known = channels.get(server)
    if (known !== undefined) return known
    const made: Channel = {
      name: server.name,
      listen: (ears) => listen(server, ears),
      async register(node, life, message): Promise<Kept> {
        const { incarnation, mark } = await ask((at) => {
          const incarnation = verbs.register(world, at, node, life, message)
          return { incarnation, mark: markOf(at) }
        }, server)
        return { incarnation, isDurable: (await copied(mark)) === 'durable' }
      },
      call: (message) => ask((at) => verbs.call(world, at, message), server),
      send: (message) => ask((at) => verbs.send(at, message), server),
      leave: (node) => ask((at) => verbs.leave(at, node), server),
    }
    channels.set(server, made)
    return made
  }
  const all: Channels = { canListen: true, clock, of: () => channelOf(self.route), all: () => [channelOf(self.route)] }
  const copy = (row: Row | undefined): Row | undefined => (row === undefined ? undefined : { ...row })

  const self: Wire = {
    route: cluster.primary(),
    path: 'open',
    earPath: 'open',
    ears: new Set(),
    loss: { before: 0, after: 0, slow: 0 },
    happened,
    store: {
      channels: all,
      insert: (row) => write(row.id, (server) => verbs.insert(server, row)),
      get: async (id) => copy(await read(id, (server) => verbs.get(server, id))),
      replace: (row, message) => write(row.id, (server) => verbs.replace(server, row, message)),
      remove: (id, version, message) => write(id, (server) => verbs.remove(server, id, version, message)),
      list: async (owner) => (await ask((server) => verbs.list(server, owner))).map((row) => ({ ...row })),
      scan: async ({ from, to }) => ({
        rows: await ask((server) => [...server.kept.rows.values()].filter(({ expiresAt }) => expiresAt >= from && expiresAt < to)),
      }),
      settle,
      close: async () => undefined,
    },
  }
  return self
}

/** One connection that listens: in order, with a delay, until it breaks, or nobody knows that it is dead. */
function openEar({ world, dice, process, happened }: WireOptions, wire: Wire, server: Server, ears: Ears) {
  let state: 'open' | 'hole' | 'over' = 'open'
  let last = 0
  const held: string[] = []
  const deliver = (run: () => void): void => {
    last = Math.max(last, world.now() + dice.between(...DELAY))
    world.at(last, run, process)
  }
  const pass = (message: string): void => deliver(() => state !== 'over' && ears.heard(message))
  const end = (): void => {
    if (state === 'over') return
    serverSide(server).delete(onServer)
    wire.ears.delete(onNode)
    deliver(() => {
      if (state === 'over') return
      state = 'over'
      ears.lost(new Error('The connection was closed.'))
    })
  }
  const onServer: ServerEar = {
    hand(message) {
      if (state === 'hole') {
        held.push(message)
        happened('message held')
      } else pass(message)
    },
    lost() {
      if (state !== 'hole') end()
    },
  }
  const onNode: NodeEar = {
    cut: end,
    hole() {
      if (state === 'open') state = 'hole'
    },
    halfOpen() {
      serverSide(server).delete(onServer)
      happened('half-open')
    },
    heal() {
      if (state !== 'hole') return
      state = 'open'
      for (const message of held.splice(0)) pass(message)
    },
  }
  return {
    attach(at: Server): void {
      serverSide(at).add(onServer)
      wire.ears.add(onNode)
      if (wire.earPath === 'black hole') onNode.hole()
    },
    listening: {
      async close(): Promise<void> {
        state = 'over'
        serverSide(server).delete(onServer)
        wire.ears.delete(onNode)
      },
    },
  }
}

const serverSide = (server: Server): Set<ServerEar> => server.ears
