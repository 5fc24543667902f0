import { nameOf } from './address.js'
import { listOf, textOf } from './reply.js'

/** Who serves what, as one node of a cluster sees it. */
export interface ClusterView {
  readonly ranges: readonly SlotRange[]
  /** All nodes, replicas included, as `host:port`. */
  readonly nodes: ReadonlySet<string>
}

export interface SlotRange {
  readonly from: number
  /** Belongs to the range. */
  readonly to: number
  /** `host:port`. */
  readonly primary: string
}

/** Reads the answer to `CLUSTER SLOTS`. A node that does not know its own name leaves it out: then it is `askedHost`. */
export function readClusterView(reply: unknown, askedHost: string): ClusterView {
  const nodes = new Set<string>()
  const ranges = listOf(reply).map((entry): SlotRange => {
    const [from, to, ...members] = listOf(entry)
    const names = members.map((member) => {
      const [host, port] = listOf(member)
      const name = host === null ? '' : textOf(host)
      return nameOf({ host: name === '' || name === '?' ? askedHost : name, port: Number(textOf(port)) })
    })
    for (const name of names) nodes.add(name)
    return { from: Number(textOf(from)), to: Number(textOf(to)), primary: names[0] ?? '' }
  })
  if (ranges.length === 0) throw new Error('No slot of the cluster is served.')
  return { ranges, nodes }
}

/** Where a server that does not serve a key sends us. */
export interface Redirection {
  /** Moved for good, or only being moved: then the next command alone goes there. */
  readonly kind: 'MOVED' | 'ASK'
  readonly name: string
}

/** Reads `MOVED 3999 127.0.0.1:6381` and `ASK …`; undefined for any other fault. */
export function readRedirection(fault: unknown, askedHost: string): Redirection | undefined {
  if (!(fault instanceof Error)) return undefined
  const [, kind, host, port] = /^(MOVED|ASK) \d+ (.*):(\d+)$/.exec(fault.message) ?? []
  if (port === undefined) return undefined
  return { kind: kind === 'ASK' ? 'ASK' : 'MOVED', name: nameOf({ host: host || askedHost, port: Number(port) }) }
}
