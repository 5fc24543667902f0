import type { Logger } from '../events/log.js'
import type { Channel, Channels } from '../signal/signal.js'
import { announcements } from './announcements.js'
import { barrier } from './barrier.js'
import { boundedRows } from './bounded-rows.js'
import { cached } from './cached.js'
import { readEachTime } from './cacheless.js'
import { ENGINES } from './circle.js'
import type { Coherence, CoherenceOptions } from './coherence.js'
import { link } from './link.js'
import { links } from './links.js'
import { type Message, messageCodec } from './message.js'
import { nodes } from './nodes.js'
import { reach } from './reach.js'
import { strangers } from './strangers.js'

const NOTHING = Object.freeze({ hits: 0, misses: 0 })
const NODE_BYTES = 12
/** What a node may be called: it goes into messages as one word. */
const NAME = /[^A-Za-z0-9._-]/g
const MAX_NAME = 64

/** Rows in memory before a store that several nodes share: see docs/coherence.md. */
export function channelled(options: CoherenceOptions, channels: Channels): Coherence {
  const { store, random, logger, lease: life, circle = ENGINES, onLook, isSilent } = options
  const { clock } = channels
  const node = circle.mark + Buffer.from(random.bytes(NODE_BYTES)).toString('base64url')
  const name = options.name.replace(NAME, '-').slice(0, MAX_NAME) || 'node'
  const codec = messageCodec(options.key, circle)
  const rows = boundedRows(options)
  const fence = barrier({ clock, random, codec, node, life, circle })
  const strange = strangers(clock, options.onStranger)
  const said = announcements((id, version) => codec.encode({ kind: 'changed', node, id, version }))

  const heard = (message: Message, channel: Channel): void => {
    if (message.kind === 'changed') {
      if (message.node === node) said.heard(message.id, message.version)
      cache?.changed(message.id, message.version)
      options.onChanged(message.id, message.node === node)
    }
    if (message.kind === 'beat') who.heard(message.node, message.name)
    else if (message.kind === 'answer') fence.answered(message)
    else if (message.kind === 'question' && message.node === node) fence.answered({ kind: 'answer', node, nonce: message.nonce })
    else if (message.kind === 'question') reply(channel, codec.encode({ kind: 'answer', node, nonce: message.nonce }), logger)
  }
  const lost = (): void => {
    said.lost()
    cache?.flush()
    options.onLost()
  }
  const ours = { clock, random, logger, codec, node, name, life, heard, lost, strange: ({ name: place }: Channel) => strange.heard(place) }
  const places = links({
    channels,
    open: (channel, listen) => link({ ...ours, channel, listen }),
    onGone: () => cache?.flush(),
    onLook,
    isSilent,
  })
  const who = nodes(clock, node, life, places.lag)
  const keepsRows = options.maxRows > 0 && channels.canListen
  const cache = keepsRows ? cached(store, rows, places, said) : undefined

  async function tellAbsent(id: string, channel: Channel): Promise<void> {
    const version = Number.POSITIVE_INFINITY
    cache?.changed(id, version)
    await channel.send(codec.encode({ kind: 'changed', node, id, version }))
  }
  const isMissing = (id: string, upTo: number): boolean => keepsRows && said.isMissing(id, upTo)

  places.follow()
  return Object.freeze({
    near: cache?.near ?? readEachTime(store, said.message),
    ...reach({ store, channels, fence, logger, life, tellAbsent, isMissing }),
    mode: () => (!keepsRows || places.hold() ? 'healthy' : 'degraded'),
    freshen: places.freshenAll,
    flush: () => cache?.flush(),
    hearingClock: clock,
    nodes: who.list,
    counts: () => ({ ...(cache?.counts() ?? NOTHING), ...rows.size(), strange: strange.count() }),
    close: places.close,
  } satisfies Coherence)
}

function reply(channel: Channel, answer: string, logger: Logger): void {
  // Whoever asked waits for our lease to run out instead.
  channel.send(answer).catch((error: unknown) => logger.info({ error: String(error) }, 'an answer to another node could not be sent'))
}
