import type { CancelTimer, Millis } from '../clock.js'
import type { Level } from '../session.js'
import type { Channel, Channels } from '../signal/signal.js'
import { announcements } from './announcements.js'
import { barrier } from './barrier.js'
import { boundedRows } from './bounded-rows.js'
import { cached } from './cached.js'
import { readEachTime } from './cacheless.js'
import { ENGINES } from './circle.js'
import type { Coherence, CoherenceOptions } from './coherence.js'
import type { Freshness } from './freshness.js'
import { type Link, link } from './link.js'
import { type Message, messageCodec } from './message.js'
import { nodes } from './nodes.js'
import { settled } from './settled.js'

const NOTHING = Object.freeze({ hits: 0, misses: 0 })
const NODE_BYTES = 12
/** How often this node looks whether the places that take writes are still the same ones. */
const LOOK_EVERY: Millis = 250
const REPORT_EVERY: Millis = 1_000
/** A barrier waits a lease and this much more at most, then the caller is told how far it got. */
const BARRIER_SLACK: Millis = 100
/** What a node may be called: it goes into messages as one word. */
const NAME = /[^A-Za-z0-9._-]/g
const MAX_NAME = 64

/** Rows in memory before a store that several nodes share: see docs/coherence.md. */
export function channelled(options: CoherenceOptions, channels: Channels): Coherence {
  const { store, random, logger, lease: life, circle = ENGINES } = options
  const { clock } = channels
  const node = circle.mark + Buffer.from(random.bytes(NODE_BYTES)).toString('base64url')
  const name = options.name.replace(NAME, '-').slice(0, MAX_NAME) || 'node'
  const codec = messageCodec(options.key, circle)
  const rows = boundedRows(options)
  const links = new Map<Channel, Link>()
  const fence = barrier({ clock, random, codec, node, life, circle })
  const who = nodes(clock, node, life, () => longestLag(links.values()))
  let strange = 0
  let reported = Number.NEGATIVE_INFINITY
  let timer: CancelTimer | undefined
  let isClosed = false

  const said = announcements((id, version) => codec.encode({ kind: 'changed', node, id, version }))
  const freshness: Freshness = {
    isFresh(id, reading) {
      const channel = channels.of(id)
      return channel !== undefined && links.get(channel)?.lease.holds(reading) === true
    },
    async freshen(id) {
      const channel = channels.of(id)
      return channel !== undefined && !isClosed && !options.isSilent() && (await linkTo(channel)?.freshen()) === true
    },
  }
  const keepsRows = options.maxRows > 0 && channels.canListen
  const cache = keepsRows ? cached(store, rows, freshness, said) : undefined

  const heard = (message: Message, channel: Channel): void => {
    if (message.kind === 'changed') {
      if (message.node === node) said.heard(message.id, message.version)
      cache?.changed(message.id, message.version)
      options.onChanged(message.id, message.node === node)
    }
    if (message.kind === 'beat') who.heard(message.node, message.name)
    else if (message.kind === 'answer') fence.answered(message)
    else if (message.kind === 'question' && message.node === node) fence.answered({ kind: 'answer', node, nonce: message.nonce })
    else if (message.kind === 'question') {
      const answer = codec.encode({ kind: 'answer', node, nonce: message.nonce })
      // Whoever asked waits for our lease to run out instead.
      channel.send(answer).catch((error: unknown) => logger.info({ error: String(error) }, 'an answer to another node could not be sent'))
    }
  }
  const strangeHeard = (channel: Channel): void => {
    strange++
    if (clock.monotonic() - reported < REPORT_EVERY) return
    reported = clock.monotonic()
    options.onStranger(channel.name)
  }
  /** Undefined where nothing can be heard. */
  const linkTo = (channel: Channel): Link | undefined => {
    const known = links.get(channel)
    const { listen } = channel
    if (known !== undefined || listen === undefined) return known
    const lost = (): void => {
      said.lost()
      cache?.flush()
      options.onLost()
    }
    const made = link({ channel, listen, clock, random, logger, codec, node, name, life, heard, lost, strange: strangeHeard })
    links.set(channel, made)
    return made
  }
  const look = (): void => {
    const now = new Set(channels.all())
    for (const channel of now) linkTo(channel)
    for (const [channel, old] of links) {
      if (now.has(channel)) continue
      links.delete(channel)
      cache?.flush()
      void old.close()
    }
    options.onLook()
    if (!isClosed) timer = clock.after(LOOK_EVERY, look)
  }
  const near = cache?.near ?? readEachTime(store, said.message)

  async function pass(id: string, absent?: 'absent', upTo: number = Number.POSITIVE_INFINITY): Promise<boolean> {
    const channel = channels.of(id)
    if (channel === undefined) return false
    try {
      if (absent !== undefined) await tellAbsent(id, channel)
      const hasPassed = await inTime(channel)
      if (!hasPassed || !keepsRows || !said.isMissing(id, upTo)) return hasPassed
      logger.error({}, 'the store did not send the message that goes with a change: whatever stands before it must pass the message on')
      return false
    } catch (error) {
      logger.warn({ error: String(error) }, 'whether all nodes have heard of a change could not be told')
      return false
    }
  }
  async function tellAbsent(id: string, channel: Channel): Promise<void> {
    const version = Number.POSITIVE_INFINITY
    cache?.changed(id, version)
    await channel.send(codec.encode({ kind: 'changed', node, id, version }))
  }
  const inTime = (channel: Channel): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(life + BARRIER_SLACK, () => resolve(false), 'hold')
      fence.pass(channel).then(
        () => {
          cancel()
          resolve(true)
        },
        (error: unknown) => {
          cancel()
          reject(error)
        },
      )
    })

  const isHealthy = (): boolean => !keepsRows || (links.size > 0 && [...links.values()].every(({ lease }) => lease.holds()))

  look()
  return Object.freeze({
    near,
    async reached(id: string, ago: Millis, absent?: 'absent'): Promise<Level> {
      const [isDurable, isHeard] = await Promise.all([settled(store, id, ago, logger), pass(id, absent)])
      if (!isDurable) return 'stored'
      return isHeard ? 'everywhere' : 'durable'
    },
    heard: (id: string, version: number) => pass(id, undefined, version),
    mode: () => (isHealthy() ? 'healthy' : 'degraded'),
    async freshen(): Promise<void> {
      await Promise.all([...links.values()].map((each) => each.freshen()))
    },
    flush: () => cache?.flush(),
    hearingClock: clock,
    nodes: who.list,
    counts: () => ({ ...(cache?.counts() ?? NOTHING), ...rows.size(), strange }),
    async close(): Promise<void> {
      isClosed = true
      timer?.()
      await Promise.all([...links.values()].map((each) => each.close()))
    },
  } satisfies Coherence)
}

function longestLag(links: Iterable<Link>): Millis | undefined {
  const lags = [...links].map((each) => each.lag()).filter((lag) => lag !== undefined)
  return lags.length === 0 ? undefined : Math.max(...lags)
}
