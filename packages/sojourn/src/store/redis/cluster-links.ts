import { type Address, nameOf, readName } from './address.js'
import { type ClusterView, readClusterView } from './cluster-view.js'
import { type LineMaker, openLine } from './line.js'
import { type Link, link } from './link.js'
import type { Command } from './wire.js'
import { within } from './within.js'

/** The links to the nodes of a cluster. */
export interface ClusterLinks {
  /** How a node is reached. */
  addressOf(name: string): Address
  /** The link to a node, made if there is none yet. */
  to(name: string): Link
  /** Makes links to these, and lets go of all others. */
  keep(names: ReadonlySet<string>): void
  /** Whether all these can be reached, as far as is known. */
  areUp(names: Iterable<string | undefined>): boolean
  /** How this node sees the cluster. */
  view(name: string): Promise<ClusterView>
  connect(): Promise<void>
  close(): Promise<void>
}

/** A node that is slower than this to say what it sees is passed over for the next one. */
const VIEW_WAIT = 300
const QUESTION: Command = ['CLUSTER', 'SLOTS']

export function clusterLinks(maker: LineMaker, seeds: readonly Address[], onTrouble: () => void): ClusterLinks {
  const { clock, timeout } = maker
  const links = new Map<string, Link>()

  const addressOf = (name: string): Address => {
    // All nodes are signed in to alike; a cluster has one database only.
    const { database: _none, ...signIn } = seeds[0] ?? { host: '', port: 0, tls: false }
    return seeds.find((seed) => nameOf(seed) === name) ?? { ...signIn, ...readName(name) }
  }
  const to = (name: string): Link => {
    const existing = links.get(name)
    if (existing !== undefined) return existing
    const made = link({ open: (onEnd) => openLine(maker, addressOf(name), onEnd), clock, onTrouble })
    links.set(name, made)
    // If it fails, the link tries again, and tells whoever wants to use it.
    made.connect().catch(() => undefined)
    return made
  }
  const askOnce = async (name: string): Promise<unknown> => {
    const line = await openLine(maker, addressOf(name))
    try {
      return await line.send(QUESTION, timeout)
    } finally {
      line.end(new Error('The node has answered.'))
    }
  }
  const ask = async (name: string): Promise<unknown> => {
    const existing = links.get(name)
    return existing === undefined ? askOnce(name) : (await existing.send(QUESTION, timeout)).reply
  }

  return {
    addressOf,
    to,
    keep(names) {
      for (const name of names) to(name)
      for (const [name, old] of links) {
        if (names.has(name)) continue
        links.delete(name)
        // What is under way there is answered or refused within the time that its caller waits.
        old.close(timeout).catch(() => undefined)
      }
    },
    areUp: (names) => [...names].every((name) => name !== undefined && links.get(name)?.isUp()),
    view: async (name) => readClusterView(await within(clock, VIEW_WAIT, ask(name)), readName(name).host),
    async connect() {
      await Promise.all([...links.values()].map((each) => each.connect()))
    },
    async close() {
      await Promise.all([...links.values()].map((each) => each.close(timeout)))
    },
  }
}
