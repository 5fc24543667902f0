import { type Clock, type Millis, sleep } from '../../clock.js'
import type { Asking } from './asking.js'
import type { Keys } from './keys.js'
import { countOf } from './reply.js'
import { type Rounds, rounds } from './rounds.js'
import { type Answer, UNKNOWN_CARRIER } from './wire.js'
import type { Written } from './written.js'

export interface SettlingOptions {
  readonly asking: Asking
  readonly keys: Keys
  readonly clock: Clock
  readonly written: Written
  /** How many replicas must have it. */
  readonly replicas: number
  readonly waitTimeout: Millis
  readonly timeout: Millis
}

/** `WAIT` keeps its connection from all other commands: it may do so for this long only, and then lets them go first. */
const SLICE: Millis = 5
const LONGEST_PAUSE: Millis = 50
const MARKER_LIFE: Millis = 1_000

/** One write, by the connection that carried it. */
export interface Carried {
  readonly carrier: string
  /** How many replicas must have it. */
  readonly copies: number
}

/** Resolves `durable` once everything written to this bucket is on the configured replicas; or this one write, on as many as it says. */
export type Settle = (bucket: string, one?: Carried) => Promise<'stored' | 'durable'>

/**
 * Finds out whether what was written to a bucket has reached the replicas.
 *
 * `WAIT` counts replicas that have all that *its connection* has written. It proves something about a write only if both
 * went over one connection: after a reconnect it may speak of a primary that never saw the write. So where the carrier of
 * the writes is not the one over which `WAIT` came back, nothing is claimed.
 */
export function settling(options: SettlingOptions): Settle {
  const { asking, keys, clock, written, replicas, waitTimeout, timeout } = options
  const shared = new Map<string, Rounds<Answer>>()

  /** One `WAIT` at a time on a connection. */
  const wait = (bucket: string, carrier: string, copies: number): Promise<Answer> => {
    const name = `${copies} ${carrier}`
    const existing = shared.get(name) ?? rounds<Answer>(() => shared.delete(name))
    shared.set(name, existing)
    const command = ['WAIT', `${copies}`, `${SLICE}`]
    return existing.join(() => asking.command(command, keys.marker(bucket), clock.monotonic() + timeout))
  }
  /** Writes something, so that the carrier has a place in the stream to the replicas behind all that is there. */
  const mark = async (bucket: string): Promise<string> => {
    const key = keys.marker(bucket)
    return (await asking.command(['SET', key, '', 'PX', `${MARKER_LIFE}`], key, clock.monotonic() + timeout)).carrier
  }
  const count = async (bucket: string, { carrier: expected, copies }: Carried): Promise<'stored' | 'durable'> => {
    const until = clock.monotonic() + waitTimeout
    for (let pause = SLICE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const { reply, carrier } = await wait(bucket, expected, copies)
      if (carrier !== expected) return 'stored'
      if (countOf(reply) >= copies) return 'durable'
      if (clock.monotonic() + pause >= until) return 'stored'
      await sleep(clock, pause)
    }
  }
  const reach = async (bucket: string): Promise<'stored' | 'durable'> => {
    const own = written.carrierOf(bucket)
    if (own === UNKNOWN_CARRIER) return 'stored'
    const expected = own === undefined || written.isBehind(bucket) ? await mark(bucket) : own
    return own !== undefined && expected !== own ? 'stored' : await count(bucket, { carrier: expected, copies: replicas })
  }

  return async (bucket, one) => {
    // No copy was asked for beside the one that has answered: docs/decisions/0008.
    if ((one?.copies ?? replicas) === 0) return 'durable'
    try {
      return one === undefined ? await reach(bucket) : await count(bucket, one)
    } catch {
      // The write itself was answered; that its copies could not be counted makes it no less stored.
      return 'stored'
    }
  }
}
