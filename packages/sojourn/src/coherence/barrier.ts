import { type Clock, type Millis, sleep } from '../clock.js'
import type { Random } from '../crypto/random.js'
import type { Called, Channel } from '../signal/signal.js'
import type { Circle } from './circle.js'
import type { Message, MessageCodec } from './message.js'

/** Waits until no node can answer with what was before. */
export interface Barrier {
  /** Resolves once every node of this channel has heard all that was said there before the call, or has no lease any more. */
  pass(channel: Channel): Promise<void>
  /** An answer, perhaps to one of our questions. */
  answered(message: Extract<Message, { kind: 'answer' }>): void
}

export interface BarrierOptions {
  readonly clock: Clock
  readonly random: Random
  readonly codec: MessageCodec
  readonly node: string
  /** Length of a lease. */
  readonly life: Millis
  /** Whose answers are waited for: others keep nothing that a change of ours is about. */
  readonly circle: Circle
}

/** Added to a registration that is waited out: our clock may run faster than that of the place. */
const MARGIN: Millis = 50
const NONCE_BYTES = 12

interface Round {
  /** Who has answered. */
  readonly heard: Set<string>
  readonly waitsFor: Set<string>
  done: () => void
}

interface Asked {
  /** Settles when the question has been taken: whoever comes later needs another one. */
  readonly sent: Promise<unknown>
  readonly passed: Promise<void>
}

export function barrier(options: BarrierOptions): Barrier {
  const { clock, codec, node, life } = options
  const rounds = new Map<string, Round>()
  /** The round whose question is under way, and the one that will follow it. */
  const current = new Map<Channel, Asked>()
  const following = new Map<Channel, Promise<Asked>>()

  async function outwait({ members, servesFor, registerAge }: Called, round: Round): Promise<void> {
    const others = members.filter((member) => options.circle.has(member.node) && !round.heard.has(member.node))
    for (const { node: other } of others) round.waitsFor.add(other)
    const waits: Promise<void>[] = []
    if (others.length > 0) waits.push(untilDone(clock, Math.max(...others.map(({ remaining }) => remaining)) + MARGIN, round))
    // The place before this one may have known others; and a register that was emptied a moment ago does not know them all.
    const knownFor = Math.min(servesFor, registerAge)
    if (knownFor < life) waits.push(sleep(clock, life + MARGIN - knownFor))
    await Promise.all(waits)
  }
  function ask(channel: Channel): Asked {
    const nonce = Buffer.from(options.random.bytes(NONCE_BYTES)).toString('base64url')
    const round: Round = { heard: new Set(), waitsFor: new Set(), done: () => undefined }
    rounds.set(nonce, round)
    const sent = channel.call(codec.encode({ kind: 'question', node, nonce }))
    const passed = sent.then((called) => outwait(called, round)).finally(() => rounds.delete(nonce))
    const asked: Asked = { sent, passed }
    current.set(channel, asked)
    const taken = (): void => {
      if (current.get(channel) === asked) current.delete(channel)
    }
    sent.then(taken, taken)
    return asked
  }
  async function follow(channel: Channel, before: Asked): Promise<Asked> {
    // A question that failed is its own callers' trouble.
    await Promise.allSettled([before.sent])
    following.delete(channel)
    return ask(channel)
  }
  return Object.freeze({
    async pass(channel: Channel): Promise<void> {
      const before = current.get(channel)
      if (before === undefined) return await ask(channel).passed
      const next = following.get(channel) ?? follow(channel, before)
      following.set(channel, next)
      await (await next).passed
    },
    answered({ node: other, nonce }: Extract<Message, { kind: 'answer' }>): void {
      const round = rounds.get(nonce)
      if (round === undefined) return
      round.heard.add(other)
      round.waitsFor.delete(other)
      if (round.waitsFor.size === 0) round.done()
    },
  })
}

/** Resolves when all have answered, at the latest after `wait`. */
function untilDone(clock: Clock, wait: Millis, round: Round): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(wait, resolve, 'hold')
    round.done = (): void => {
      cancel()
      resolve()
    }
  })
}
