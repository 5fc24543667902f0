import { type Clock, type Millis, sleep } from '../../clock.js'
import type { Asking } from './asking.js'
import type { Keys } from './keys.js'
import { countOf } from './reply.js'
import { type Answer, UNKNOWN_CARRIER } from './wire.js'

/** Knows which connection carried what was written, and finds out whether that has reached the replicas. */
export interface Settling {
  /** A write was answered over this carrier. */
  wrote(bucket: string, carrier: string): void
  /** A write was not answered: whether and where it was done is not known. */
  lost(bucket: string): void
  settle(bucket: string): Promise<'stored' | 'durable'>
}

export interface SettlingOptions {
  readonly asking: Asking
  readonly keys: Keys
  readonly clock: Clock
  /** How many replicas must have it. */
  readonly replicas: number
  readonly waitTimeout: Millis
  readonly timeout: Millis
}

interface Written {
  readonly carrier: string
  readonly at: Millis
  /** Until then a write over an earlier carrier may still be settled, and could be taken for this one. */
  readonly doubtfulUntil: Millis
}

/** A write is settled right after it was answered, so nothing older than this is. */
const DOUBT: Millis = 10_000
const NEVER: Millis = Number.NEGATIVE_INFINITY

/** `WAIT` keeps its connection from all other commands: it may do so for this long only, and then lets them go first. */
const SLICE: Millis = 5
const LONGEST_PAUSE: Millis = 50
const MARKER_LIFE: Millis = 1_000

/**
 * `WAIT` counts replicas that have all that *this connection* has written. It proves something about a write only if both
 * went over one connection: after a reconnect it may speak of a primary that never saw the write. So a carrier is kept for
 * each bucket (1,024 at most), and where it is not the one that `WAIT` came back over, nothing is claimed.
 */
export function settling({ asking, keys, clock, replicas, waitTimeout, timeout }: SettlingOptions): Settling {
  const writes = new Map<string, Written>()
  const rounds = new Map<string, Rounds>()

  const wrote = (bucket: string, carrier: string): void => {
    const at = clock.monotonic()
    const before = writes.get(bucket)
    const isSame = before === undefined || before.carrier === carrier || at - before.at > DOUBT
    writes.set(bucket, { carrier, at, doubtfulUntil: isSame ? (before?.doubtfulUntil ?? NEVER) : at + DOUBT })
  }

  const waitOnce = async (bucket: string): Promise<Answer> => {
    const key = keys.marker(bucket)
    return asking.command(['WAIT', `${replicas}`, `${SLICE}`], key, clock.monotonic() + timeout)
  }

  /** One `WAIT` at a time on a connection; who comes while it is out shares the next one. */
  const waitShared = (bucket: string, carrier: string): Promise<Answer> => {
    const shared = rounds.get(carrier) ?? makeRounds(() => rounds.delete(carrier))
    rounds.set(carrier, shared)
    return shared.join(() => waitOnce(bucket))
  }

  /** Writes something, so that the carrier has a place in the stream behind everything that was there. */
  const mark = async (bucket: string): Promise<Written> => {
    const key = keys.marker(bucket)
    const { carrier } = await asking.command(['SET', key, '', 'PX', `${MARKER_LIFE}`], key, clock.monotonic() + timeout)
    return { carrier, at: clock.monotonic(), doubtfulUntil: NEVER }
  }

  async function reach(bucket: string): Promise<'stored' | 'durable'> {
    const until = clock.monotonic() + waitTimeout
    const written = writes.get(bucket) ?? (await mark(bucket))
    if (written.carrier === UNKNOWN_CARRIER || clock.monotonic() < written.doubtfulUntil) return 'stored'
    for (let pause = SLICE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const { reply, carrier } = await waitShared(bucket, written.carrier)
      if (carrier !== written.carrier) return 'stored'
      if (countOf(reply) >= replicas) return 'durable'
      if (clock.monotonic() + pause >= until) return 'stored'
      await sleep(clock, pause)
    }
  }

  return {
    wrote,
    lost: (bucket) => wrote(bucket, UNKNOWN_CARRIER),
    async settle(bucket) {
      if (replicas === 0) return 'stored'
      try {
        return await reach(bucket)
      } catch {
        // The write itself was answered; that its copies could not be counted makes it no less stored.
        return 'stored'
      }
    },
  }
}

interface Rounds {
  join(round: () => Promise<Answer>): Promise<Answer>
}

function makeRounds(onIdle: () => void): Rounds {
  let running: Promise<Answer> | undefined
  let next: Promise<Answer> | undefined

  const start = (round: () => Promise<Answer>): Promise<Answer> => {
    const started = round().finally(() => {
      if (running === started) running = undefined
      if (running === undefined && next === undefined) onIdle()
    })
    running = started
    return started
  }
  return {
    join(round) {
      if (running === undefined) return start(round)
      const begin = (): Promise<Answer> => {
        next = undefined
        return start(round)
      }
      next ??= running.then(begin, begin)
      return next
    },
  }
}
