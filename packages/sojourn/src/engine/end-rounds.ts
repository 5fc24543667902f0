import type { CancelTimer, Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'
import type { PendingEnd } from '../outage/pending-end.js'
import type { WaitingEnds } from './waiting-ends.js'

/** Tries what waits for the store, a round at a time, until nothing waits. */
export interface EndRounds {
  /** One round now, or the one that is under way. Resolves with the ids of the rows that were written. */
  run(): Promise<readonly string[]>
  /** A round in a while, if something waits and none is planned. */
  soon(): void
  /** One last round, after the one that is under way. */
  close(): Promise<void>
}

const RETRY_AFTER: Millis = 1_000

/** `stored` hears of each end that got through. An end that fails goes to the back, and none is let go of before it is stored. */
export function endRounds(clock: Clock, logger: Logger, waiting: WaitingEnds, stored: (end: PendingEnd) => void): EndRounds {
  let timer: CancelTimer | undefined
  let running: Promise<readonly string[]> | undefined
  let isClosed = false

  async function round(): Promise<readonly string[]> {
    const through: string[] = []
    for (const task of waiting.all()) {
      try {
        await task.run()
      } catch (error) {
        // One failure tells enough of a store that is down: the rest waits with it. Another one is the first to be tried next
        // time, since this one may wait for the copies of its own place only.
        if (waiting.take(task)) waiting.add(task)
        logger.warn({ waiting: waiting.size(), error: String(error) }, 'ends of sessions still wait for the store')
        return through
      }
      waiting.take(task)
      stored(task.end)
      through.push(task.end.key)
      logger.info({ waiting: waiting.size() }, 'an end of a session that had to wait was stored')
    }
    return through
  }
  function soon(): void {
    if (isClosed || timer !== undefined || waiting.size() === 0) return
    timer = clock.after(RETRY_AFTER, () => {
      timer = undefined
      void run()
    })
  }
  function run(): Promise<readonly string[]> {
    running ??= round().finally(() => {
      running = undefined
      soon()
    })
    return running
  }
  return Object.freeze({
    run,
    soon,
    async close(): Promise<void> {
      isClosed = true
      timer?.()
      await running
      await round()
    },
  })
}
