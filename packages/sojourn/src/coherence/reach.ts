import type { Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'
import type { Level } from '../session.js'
import type { Channel, Channels } from '../signal/signal.js'
import type { Store } from '../store/store.js'
import type { Barrier } from './barrier.js'
import type { Coherence } from './coherence.js'
import { settled } from './settled.js'

export interface ReachOptions {
  readonly store: Store
  readonly channels: Channels
  readonly fence: Pick<Barrier, 'pass'>
  readonly logger: Logger
  /** Length of the lease. */
  readonly life: Millis
  /** Tells every node, this one included, that the store does not have a row. */
  readonly tellAbsent: (id: string, channel: Channel) => Promise<void>
  /** Whether the message that goes with a change, up to this version of the row, has not come back although it should have. */
  readonly isMissing: (id: string, upTo: number) => boolean
}

/** A barrier waits a lease and this much more at most, then the caller is told how far it got. */
const BARRIER_SLACK: Millis = 100

/**
 * How far a change has got: on the copies, and past every node that may answer from memory. Says less where it does not know,
 * and never more.
 */
export function reach(options: ReachOptions): Pick<Coherence, 'reached' | 'heard'> {
  const { store, channels, fence, logger, life, tellAbsent, isMissing } = options

  async function pass(id: string, absent?: 'absent', upTo: number = Number.POSITIVE_INFINITY): Promise<boolean> {
    const channel = channels.of(id)
    if (channel === undefined) return false
    try {
      if (absent !== undefined) await tellAbsent(id, channel)
      const hasPassed = await inTime(channels.clock, life + BARRIER_SLACK, () => fence.pass(channel))
      if (!hasPassed || !isMissing(id, upTo)) return hasPassed
      logger.error({}, 'the store did not send the message that goes with a change: whatever stands before it must pass the message on')
      return false
    } catch (error) {
      logger.warn({ error: String(error) }, 'whether all nodes have heard of a change could not be told')
      return false
    }
  }
  return Object.freeze({
    async reached(id: string, ago: Millis, absent?: 'absent'): Promise<Level> {
      const [isDurable, isHeard] = await Promise.all([settled(store, id, ago, logger), pass(id, absent)])
      if (!isDurable) return 'stored'
      return isHeard ? 'everywhere' : 'durable'
    },
    heard: (id: string, version: number) => pass(id, undefined, version),
  })
}

/** Whether `work` was done within `wait`. */
function inTime(clock: Clock, wait: Millis, work: () => Promise<void>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(wait, () => resolve(false), 'hold')
    work().then(
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
}
