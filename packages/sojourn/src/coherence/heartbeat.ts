import type { Clock, Millis } from '../clock.js'
import type { Random } from '../crypto/random.js'
import type { Channel } from '../signal/signal.js'
import type { Hearing } from './hearing.js'
import type { Lease } from './lease.js'
import type { MessageCodec } from './message.js'
import { within } from './within.js'

/**
 * Keeps this node registered with one place, and the lease for it alive. Nothing else extends the lease, and only a beat does
 * that has come back through the ear at which it was sent, with nothing lost in between, and that the copies of the place hold.
 */
export interface Heartbeat {
  /** Sends one beat, through a new ear if there is none. Rejects, and takes the ear for deaf, if it has not come back in time. */
  beat(): Promise<void>
  /** Milliseconds that the last beat took to come back. */
  lag(): Millis | undefined
}

export interface HeartbeatOptions {
  readonly channel: Channel
  readonly clock: Clock
  readonly random: Random
  readonly codec: MessageCodec
  /** This node, as it is registered: new at each start. */
  readonly node: string
  /** What people call it. */
  readonly name: string
  /** Length of the lease. */
  readonly life: Millis
  /** Messages of this channel may have been missed. */
  readonly lost: (channel: Channel) => void
}

/** A beat that has not come back after half a lease will not make a lease any more; then the ear is taken to be deaf. */
const PATIENCE = 0.5
const NONCE_BYTES = 12

export function heartbeat(options: HeartbeatOptions, hearing: Hearing, right: Lease): Heartbeat {
  const { channel, clock, codec, node, life } = options
  let lag: Millis | undefined

  async function beat(): Promise<void> {
    const own = hearing.ear() ?? (await within(clock, life * PATIENCE, hearing.open()))
    const begun = right.begin()
    const nonce = Buffer.from(options.random.bytes(NONCE_BYTES)).toString('base64url')
    const back = new Promise<void>((resolve) => own.beats.set(nonce, resolve))
    const message = codec.encode({ kind: 'beat', node, nonce, name: options.name })
    try {
      const [{ isDurable, incarnation }] = await within(clock, life * PATIENCE, Promise.all([channel.register(node, life, message), back]))
      if (hearing.ear() !== own) return
      // What was kept before this ear was open may be out of date. Emptied, or begun anew without a broken connection: rows may be
      // gone that memory still has. Nothing of this waits for the copies: what follows must be noticed against it.
      if (own.incarnation !== incarnation) options.lost(channel)
      own.incarnation = incarnation
      if (!isDurable) return
      lag = clock.monotonic() - begun.at
      right.extend(begun)
    } catch (cause) {
      hearing.lose(own, cause)
      throw cause
    } finally {
      own.beats.delete(nonce)
    }
  }
  return Object.freeze({ beat, lag: () => lag })
}
