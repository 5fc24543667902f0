import type { Logger } from '../events/log.js'
import type { Channel, Listening } from '../signal/signal.js'
import type { Message, MessageCodec } from './message.js'

/** An open ear at one channel. What it has heard counts for as long as it is the one that `Hearing` answers. */
export interface Ear {
  readonly listening: Listening
  /** What waits for a beat to come back, by its nonce. */
  readonly beats: Map<string, () => void>
  /** Of the place that is heard, as its first beat that came back through this ear told it. */
  incarnation: string | undefined
}

/**
 * What this node hears through one channel. There is at most one open ear: one that is lost, that opens too late, or that opens
 * after the end is closed, so a message is heard once and nothing goes on listening unknown.
 */
export interface Hearing {
  /** The open ear. */
  ear(): Ear | undefined
  /** Opens an ear. Rejects, and leaves none behind, if it was lost meanwhile or another one is open. */
  open(): Promise<Ear>
  /** This ear is deaf, if it is still the open one: it is closed, and `lost` is told. */
  lose(ear: Ear, cause: unknown): void
  /** No ear is opened any more. Answers what is to be closed once nothing waits for it. */
  end(): Listening | undefined
}

export interface HearingOptions {
  readonly channel: Channel
  readonly listen: NonNullable<Channel['listen']>
  readonly logger: Logger
  readonly codec: MessageCodec
  /** This node, as it is registered: new at each start. */
  readonly node: string
  /** A message of one of our nodes, this one included. */
  readonly heard: (message: Message, channel: Channel) => void
  /** Messages of this channel may have been missed. */
  readonly lost: (channel: Channel) => void
  /** Something that none of our nodes has said came through the channel. */
  readonly strange: (channel: Channel) => void
}

export function hearing({ channel, listen, logger, codec, node, heard, lost, strange }: HearingOptions): Hearing {
  let ear: Ear | undefined
  let isEnded = false

  function take(text: string, beats: Ear['beats']): void {
    if (!codec.isForUs(text)) return
    const message = codec.decode(text)
    if (message === undefined) {
      strange(channel)
      return
    }
    if (message.kind === 'beat' && message.node === node) beats.get(message.nonce)?.()
    heard(message, channel)
  }
  function lose(which: Ear, cause: unknown): void {
    if (ear !== which) return
    ear = undefined
    lost(channel)
    logger.warn(
      { channel: channel.name, error: String(cause) },
      'changes by other nodes may go unheard; sessions are not answered from memory until they are heard again',
    )
    // It may be gone already; a failure to close it says no more than that.
    which.listening.close().catch(() => undefined)
  }
  async function open(): Promise<Ear> {
    const beats: Ear['beats'] = new Map()
    let lostAlready: { readonly cause: unknown } | undefined
    let mine: Ear | undefined
    const listening = await listen({
      heard: (text: string) => take(text, beats),
      lost(cause: unknown): void {
        lostAlready = { cause }
        if (mine !== undefined) lose(mine, cause)
      },
    })
    // One that opens after its beat was given up may find another in its place, and nobody would ever close it.
    if (lostAlready !== undefined || isEnded || ear !== undefined) {
      await listening.close()
      throw lostAlready?.cause ?? new Error('The channel is closed, or another ear is open.')
    }
    mine = { listening, beats, incarnation: undefined }
    ear = mine
    return mine
  }
  return Object.freeze({
    ear: () => ear,
    open,
    lose,
    end(): Listening | undefined {
      isEnded = true
      const last = ear
      ear = undefined
      return last?.listening
    },
  })
}
