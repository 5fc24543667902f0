import { type CancelTimer, type Millis, sleep } from '../clock.js'
import type { Channel } from '../signal/signal.js'
import { type HearingOptions, hearing } from './hearing.js'
import { type HeartbeatOptions, heartbeat } from './heartbeat.js'
import { type Lease, lease } from './lease.js'
import { within } from './within.js'

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

export interface LinkOptions extends HearingOptions, HeartbeatOptions {}

/** Beats in the length of a lease: three may be lost one after the other. */
const BEATS_A_LEASE = 4
/** How long a caller waits for the lease before it is told that nobody knows. */
const FRESHEN_WAIT: Millis = 1_000
/** What is left of that is not worth a try if it is less: no timer is as short, and a clock may not even tell it from nothing. */
const SHORTEST_TRY: Millis = 1
/** Between two tries while a caller waits. */
const BETWEEN_TRIES: Millis = 20

export function link(options: LinkOptions): Link {
  const { channel, clock, logger, node, life } = options
  const right = lease(clock, life)
  const lost = (): void => {
    right.void()
    options.lost(channel)
  }
  const ears = hearing({ ...options, lost })
  const heart = heartbeat(options, ears, right)
  let beating: Promise<void> | undefined
  let timer: CancelTimer | undefined
  let isClosed = false

  /** One beat at a time, and the next a while after it, however it went. */
  function beatNow(): Promise<void> {
    if (isClosed) return Promise.resolve()
    timer?.()
    beating ??= heart
      .beat()
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
      for (let left = FRESHEN_WAIT; !right.holds() && !isClosed && left >= SHORTEST_TRY; left = until - clock.monotonic()) {
        const failed = await within(clock, left, beatNow()).then(
          () => false,
          () => true,
        )
        if (!right.holds() && !failed) await sleep(clock, BETWEEN_TRIES)
      }
      return right.holds()
    },
    lag: heart.lag,
    async close(): Promise<void> {
      isClosed = true
      timer?.()
      right.void()
      const last = ears.end()
      await beating
      // Barriers need not wait for a node that says that it goes. If this fails they wait for its registration to run out.
      await Promise.allSettled([channel.leave(node), last?.close()])
    },
  })
}
