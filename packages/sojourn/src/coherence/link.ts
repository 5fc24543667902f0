import { type CancelTimer, type Clock, type Millis, nextTurn, sleep } from '../clock.js'
import type { Random } from '../crypto/random.js'
import type { Logger } from '../events/log.js'
import type { Channel, Listening } from '../signal/signal.js'
import { type Lease, lease } from './lease.js'
import type { Message, MessageCodec } from './message.js'

/** This node's end of one channel: it listens, it keeps itself registered, and it knows whether both work. */
export interface Link {
  readonly channel: Channel
  readonly lease: Pick<Lease, 'holds'>
  /** Tries to get the lease now, for as long as a caller would wait. Resolves whether it holds. */
  freshen(): Promise<boolean>
  /** Milliseconds that the last beat took to come back. */
  lag(): Millis | undefined
  close(): Promise<void>
}

export interface LinkOptions {
  readonly channel: Channel
  readonly listen: NonNullable<Channel['listen']>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly codec: MessageCodec
  /** This node, as it is registered: new at each start. */
  readonly node: string
  /** What people call it. */
  readonly name: string
  /** Length of the lease. */
  readonly life: Millis
  /** A message of one of our nodes, this one included. */
  readonly heard: (message: Message, channel: Channel) => void
  /** Messages of this channel may have been missed. */
  readonly lost: (channel: Channel) => void
  /** Something that none of our nodes has said came through the channel. */
  readonly strange: (channel: Channel) => void
}

/** Beats in the length of a lease: three may be lost one after the other. */
const BEATS_A_LEASE = 4
/** A beat that has not come back after half a lease will not make a lease any more; then the ear is taken to be deaf. */
const PATIENCE = 0.5
/** How long a caller waits for the lease before it is told that nobody knows. */
const FRESHEN_WAIT: Millis = 1_000
/** Between two tries while a caller waits. */
const BETWEEN_TRIES: Millis = 20
const NONCE_BYTES = 12

interface Ear {
  readonly listening: Listening
  /** What waits for a beat to come back, by its nonce. */
  readonly beats: Map<string, () => void>
  incarnation: string | undefined
}

/** Rejects once `wait` has passed; the timer does not outlive the answer. */
function within<Answer>(clock: Clock, wait: Millis, answer: Promise<Answer>): Promise<Answer> {
  let cancel: CancelTimer = () => undefined
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(wait, () => {
      // A process that was busy finds its timers over before it has looked at what has come in meanwhile.
      void nextTurn(clock)
        .then(() => nextTurn(clock))
        .then(() => reject(new Error(`Nothing was heard for ${wait} ms.`)))
    })
  })
  return Promise.race([answer, late]).finally(cancel)
}

export function link(options: LinkOptions): Link {
  const { channel, clock, codec, node, life, logger } = options
  const right = lease(clock, life)
  let ear: Ear | undefined
  let beating: Promise<void> | undefined
  let timer: CancelTimer | undefined
  let lag: Millis | undefined
  let isClosed = false

  function loseEar(cause: unknown): void {
    right.void()
    const old = ear
    ear = undefined
    options.lost(channel)
    if (isClosed) return
    logger.warn(
      { channel: channel.name, error: String(cause) },
      'changes by other nodes may go unheard; sessions are not answered from memory until they are heard again',
    )
    // It may be gone already; a failure to close it says no more than that.
    old?.listening.close().catch(() => undefined)
  }
  async function listen(): Promise<Ear> {
    const beats = new Map<string, () => void>()
    let lostAlready: { readonly cause: unknown } | undefined
    let mine: Ear | undefined
    const listening = await options.listen({
      heard(text: string): void {
        if (!codec.isForUs(text)) return
        const message = codec.decode(text)
        if (message === undefined) {
          options.strange(channel)
          return
        }
        if (message.kind === 'beat' && message.node === node) beats.get(message.nonce)?.()
        options.heard(message, channel)
      },
      lost(cause: unknown): void {
        lostAlready = { cause }
        if (mine !== undefined && ear === mine) loseEar(cause)
      },
    })
    // One that opens after its beat was given up may find another in its place, and nobody would ever close it.
    if (lostAlready !== undefined || isClosed || ear !== undefined) {
      await listening.close()
      throw lostAlready?.cause ?? new Error('The channel is closed, or another ear is open.')
    }
    mine = { listening, beats, incarnation: undefined }
    ear = mine
    return mine
  }
  async function beat(): Promise<void> {
    const own = ear ?? (await within(clock, life * PATIENCE, listen()))
    const begun = right.begin()
    const nonce = Buffer.from(options.random.bytes(NONCE_BYTES)).toString('base64url')
    const back = new Promise<void>((resolve) => own.beats.set(nonce, resolve))
    const message = codec.encode({ kind: 'beat', node, nonce, name: options.name })
    try {
      const [{ isDurable, incarnation }] = await within(clock, life * PATIENCE, Promise.all([channel.register(node, life, message), back]))
      if (ear !== own) return
      // What was kept before this ear was open may be out of date. Emptied, or begun anew without a broken connection: rows may be
      // gone that memory still has. Nothing of this waits for the copies: what follows must be noticed against it.
      if (own.incarnation !== incarnation) options.lost(channel)
      own.incarnation = incarnation
      if (!isDurable) return
      lag = clock.monotonic() - begun.at
      right.extend(begun)
    } catch (cause) {
      if (ear === own) loseEar(cause)
      throw cause
    } finally {
      own.beats.delete(nonce)
    }
  }
  function beatNow(): Promise<void> {
    if (isClosed) return Promise.resolve()
    timer?.()
    beating ??= beat()
      .catch((cause: unknown) =>
        logger.info({ channel: channel.name, error: String(cause) }, 'this node could not register itself; trying again'),
      )
      .finally(() => {
        beating = undefined
        if (!isClosed) timer = clock.after(life / BEATS_A_LEASE, () => void beatNow())
      })
    return beating
  }

  void beatNow()
  return Object.freeze({
    channel,
    lease: right,
    async freshen(): Promise<boolean> {
      const until = clock.monotonic() + FRESHEN_WAIT
      // A beat that is under way may be lost to a pause of this process; the next one shows whether the channel works.
      for (let left = FRESHEN_WAIT; !right.holds() && !isClosed && left > 0; left = until - clock.monotonic()) {
        const failed = await within(clock, left, beatNow()).then(
          () => false,
          () => true,
        )
        if (!right.holds() && !failed) await sleep(clock, BETWEEN_TRIES)
      }
      return right.holds()
    },
    lag: () => lag,
    async close(): Promise<void> {
      isClosed = true
      timer?.()
      right.void()
      const own = ear
      ear = undefined
      await beating
      // Barriers need not wait for a node that says that it goes. If this fails they wait for its registration to run out.
      await Promise.allSettled([channel.leave(node), own?.listening.close()])
    },
  })
}
