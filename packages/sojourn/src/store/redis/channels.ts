import type { Clock, Millis } from '../../clock.js'
import type { Channel, Channels, Ears, Listening, Registered } from '../../signal/signal.js'
import { BUCKETS, bucketOf } from './buckets.js'
import type { Parts } from './parts.js'
import { callScript, registerScript } from './register-script.js'
import { listOf, textOf } from './reply.js'
import type { Settle } from './settling.js'
import type { Wire } from './wire.js'

export interface ChannelsOptions {
  readonly wire: Wire
  readonly isCluster: boolean
  readonly parts: Parts
  readonly clock: Clock
  readonly timeout: Millis
  /** What messages are published under. */
  readonly subject: string
  readonly settle: Settle
  /** How many replicas are asked for. */
  readonly replicas: number
}

/**
 * How many replicas make a majority of all copies together with the primary. With all of them a node would stand still while one copy is
 * away; with a majority no other primary can have one at the same time, so one that was replaced without knowing it gives no lease.
 */
const majorityOf = (replicas: number): number => Math.floor((replicas + 1) / 2)

function listenBy({ listen }: Wire, primary: string, subject: string, ears: Ears): Promise<Listening> {
  return listen === undefined ? Promise.reject(new Error('These connections cannot listen.')) : listen(primary, subject, ears)
}

/** A channel for each primary: what is published there is heard, in its order, over one connection to it. */
export function redisChannels(options: ChannelsOptions): Channels {
  const { wire, isCluster, parts, clock, timeout, subject } = options
  const known = new Map<string, Channel>()

  /** The register of a primary lies in the first bucket that it serves. */
  const bucketAt = (primary: string): string => {
    const bucket = BUCKETS.find((each) => wire.primary(parts.keys.marker(each)) === primary)
    if (bucket === undefined) throw new Error('This server serves nothing at present.')
    return bucket
  }
  const until = (): Millis => clock.monotonic() + timeout
  const channelAt = (primary: string): Channel => ({
    name: primary,
    ...(wire.listen === undefined ? {} : { listen: (ears: Ears) => listenBy(wire, primary, subject, ears) }),
    async register(node, life, message) {
      const bucket = bucketAt(primary)
      const args = [node, `${life}`, subject, message]
      // Counted by itself: what else was written to this bucket, and over which connection, is nothing to it.
      const { reply, carrier } = await parts.asking.script(registerScript, [parts.keys.register(bucket)], args, until())
      const isDurable = (await options.settle(bucket, { carrier, copies: majorityOf(options.replicas) })) === 'durable'
      return { incarnation: textOf(reply), isDurable }
    },
    async call(message) {
      const key = parts.keys.register(bucketAt(primary))
      const { reply } = await parts.asking.script(callScript, [key], [subject, message], until())
      const [servesFor, age, ...rest] = listOf(reply).map(textOf)
      const members: Registered[] = []
      for (let at = 0; at + 1 < rest.length; at += 2) members.push({ node: rest[at] ?? '', remaining: Number(rest[at + 1]) })
      return { members, servesFor: Number(servesFor), registerAge: Number(age) }
    },
    async send(message) {
      await parts.asking.command(['PUBLISH', subject, message], parts.keys.register(bucketAt(primary)), until())
    },
    async leave(node) {
      const key = parts.keys.register(bucketAt(primary))
      await parts.asking.command(['HDEL', key, `n:${node}`], key, until())
    },
  })
  const at = (primary: string): Channel => {
    const existing = known.get(primary)
    if (existing !== undefined) return existing
    const made = Object.freeze(channelAt(primary))
    known.set(primary, made)
    return made
  }
  // Asked at each use of a row in memory: where there is one place only, there is nothing to find out.
  const [only] = isCluster ? [] : wire.primaries().map(at)
  return Object.freeze<Channels>({
    clock,
    canListen: wire.listen !== undefined,
    of(id) {
      if (only !== undefined) return only
      const bucket = bucketOf(id)
      const primary = bucket === undefined ? '' : wire.primary(parts.keys.marker(bucket))
      return primary === '' ? undefined : at(primary)
    },
    all() {
      const primaries = wire.primaries()
      for (const name of known.keys()) if (!primaries.includes(name)) known.delete(name)
      return primaries.map(at)
    },
  })
}
