import type { CancelTimer, Millis } from '../../clock.js'
import { SessionError } from '../../errors.js'
import { type Address, nameOf, readName } from './address.js'
import { type ClusterView, readClusterView, readRedirection } from './cluster-view.js'
import { replyCode } from './faults.js'
import { type LineMaker, openLine } from './line.js'
import { type Link, link } from './link.js'
import { slotOf } from './slot.js'
import type { Answer, Command, Wire } from './wire.js'
import { within } from './within.js'

/** A redirection can be out of date by one; more than this is a cluster that contradicts itself. */
const MOST_REDIRECTIONS = 5

/** While a primary is away, the others are asked this often who has taken over. */
const REFRESH_PAUSE: Millis = 200

/** A node that is slower than this to say what it sees is passed over for the next one. */
const VIEW_WAIT: Millis = 300

/** The way to all primaries of a cluster: one connection to each, made anew, and to others, as the cluster changes. */
export async function clusterWire(maker: LineMaker, seeds: readonly Address[]): Promise<Wire> {
  const { clock, timeout } = maker
  const links = new Map<string, Link>()
  const owners: (string | undefined)[] = []
  let known: readonly string[] = seeds.map(nameOf)
  let turn = 0
  let cancelRefresh: CancelTimer | undefined
  let isClosed = false

  const addressOf = (name: string): Address => {
    const { database: _none, ...signIn } = seeds[0] ?? { host: '', port: 0, tls: false }
    return seeds.find((seed) => nameOf(seed) === name) ?? { ...signIn, ...readName(name) }
  }

  const linkTo = (name: string): Link => {
    const existing = links.get(name)
    if (existing !== undefined) return existing
    const made = link({ open: (onEnd) => openLine(maker, addressOf(name), onEnd), clock, onTrouble: refreshSoon })
    links.set(name, made)
    // If it fails, the link tries again, and tells whoever wants to use it.
    made.connect().catch(() => undefined)
    return made
  }

  function refreshSoon(): void {
    if (isClosed || cancelRefresh !== undefined) return
    cancelRefresh = clock.after(REFRESH_PAUSE, () => {
      // Whatever kept it from being known is still there at the next round, which is due while a link is down.
      refresh()
        .catch(() => undefined)
        .finally(() => {
          cancelRefresh = undefined
          if (![...new Set(owners)].every((name) => name !== undefined && links.get(name)?.isUp())) refreshSoon()
        })
    })
  }

  /** Each time another node is asked first: the one that was asked last may be cut off and not know it yet. */
  async function refresh(): Promise<void> {
    const candidates = [...new Set([...known, ...seeds.map(nameOf)])]
    turn++
    let fault: unknown
    for (let asked = 0; asked < candidates.length; asked++) {
      const name = candidates[(turn + asked) % candidates.length] ?? ''
      try {
        apply(readClusterView(await within(clock, VIEW_WAIT, askView(name)), readName(name).host))
        return
      } catch (cause) {
        fault = cause
      }
    }
    throw fault
  }

  async function askView(name: string): Promise<unknown> {
    const question: Command = ['CLUSTER', 'SLOTS']
    const existing = links.get(name)
    if (existing !== undefined) return (await existing.send(question, timeout)).reply
    const line = await openLine(maker, addressOf(name))
    try {
      return await line.send(question, timeout)
    } finally {
      line.end(new Error('The node has answered.'))
    }
  }

  function apply({ ranges, nodes }: ClusterView): void {
    if (isClosed) return
    owners.fill(undefined)
    for (const { from, to, primary } of ranges) for (let slot = from; slot <= to; slot++) owners[slot] = primary
    known = [...nodes]
    const primaries = new Set(ranges.map(({ primary }) => primary))
    for (const name of primaries) linkTo(name)
    for (const [name, old] of links) {
      if (primaries.has(name)) continue
      links.delete(name)
      // What is under way there is answered or refused within the time that its caller waits.
      old.close(timeout).catch(() => undefined)
    }
  }

  async function send(command: Command, key: string, wait: Millis): Promise<Answer> {
    const until = clock.monotonic() + wait
    const slot = slotOf(key)
    for (let followed = 0; ; followed++) {
      const name = owners[slot]
      if (name === undefined) {
        refreshSoon()
        throw new Error('CLUSTERDOWN No primary serves this part of the cluster.')
      }
      try {
        return await linkTo(name).send(command, until - clock.monotonic())
      } catch (fault) {
        const redirection = readRedirection(fault, readName(name).host)
        if (redirection !== undefined || replyCode(fault) === 'CLUSTERDOWN') refreshSoon()
        if (redirection === undefined || followed >= MOST_REDIRECTIONS) throw fault
        if (redirection.kind === 'ASK') return linkTo(redirection.name).sendAsking(command, until - clock.monotonic())
        owners[slot] = redirection.name
      }
    }
  }

  async function close(): Promise<void> {
    isClosed = true
    cancelRefresh?.()
    await Promise.all([...links.values()].map((each) => each.close(timeout)))
  }

  try {
    await refresh()
    await Promise.all([...links.values()].map((each) => each.connect()))
  } catch (fault) {
    await close()
    throw fault instanceof Error && fault.message.includes('cluster support disabled') ? notACluster() : fault
  }
  return { send, primary: (key) => owners[slotOf(key)] ?? '', close }
}

const notACluster = (): SessionError =>
  new SessionError('CONFIG_INVALID', "cluster: this server does not belong to a cluster. Use redisStore({ url: 'redis://…' }).", {
    path: 'cluster',
  })
