import type { Clock } from '../clock.js'
import type { Logger } from '../events/log.js'
import type { Journal } from '../outage/journal.js'
import type { PendingEnd } from '../outage/pending-end.js'
import { endRounds } from './end-rounds.js'
import { waitingEnds } from './waiting-ends.js'

/** Ends that the store did not take. They hold in this process at once, and everywhere as soon as the store answers again. */
export interface Unfinished {
  /** Runs `run` again and again until it gets through. Resolves whether the end will outlive this process: it is in the journal. */
  later(end: PendingEnd, run: () => Promise<unknown>): Promise<boolean>
  /** The same for an end that the journal had when it was opened. */
  resume(end: PendingEnd, run: () => Promise<unknown>): void
  /** Why this row is to be ended, if it is. */
  reasonOf(rowId: string): string | undefined
  /** The calls that are to end many sessions, those of this owner perhaps among them. */
  everywhereOf(owner: string): readonly PendingEnd[]
  /** Tries everything now. Resolves with the ids of the rows that were written; what did not is tried again. */
  run(): Promise<readonly string[]>
  count(): number
  /** Tries everything once more, and tells what had to be given up. */
  close(): Promise<void>
}

/** Beyond this many the caller's own retry has to do; about 50 MiB. */
const MAX_TASKS = 100_000

export function unfinished(clock: Clock, logger: Logger, journal?: Journal): Unfinished {
  const waiting = waitingEnds()
  const rounds = endRounds(clock, logger, waiting, (end) => journal?.done(end))

  async function keep(end: PendingEnd): Promise<boolean> {
    if (journal === undefined) return false
    try {
      await journal.append(end)
      return true
    } catch (error) {
      logger.error(
        { error: String(error) },
        'an end of a session could not be written to the journal; it is lost if this process ends first',
      )
      return false
    }
  }

  return Object.freeze({
    async later(end: PendingEnd, task: () => Promise<unknown>): Promise<boolean> {
      if (waiting.size() >= MAX_TASKS && waiting.isAnother(end)) {
        logger.error({ waiting: waiting.size() }, 'too many ends of sessions wait for the store; the caller has to repeat this one')
        return false
      }
      const before = waiting.add({ end, run: task })
      rounds.soon()
      const isKept = await keep(end)
      if (isKept && before !== undefined) journal?.done(before.end)
      return isKept
    },
    resume(end: PendingEnd, task: () => Promise<unknown>): void {
      waiting.add({ end, run: task })
      rounds.soon()
    },
    reasonOf(rowId: string): string | undefined {
      const tasks = waiting.of(rowId)
      if (tasks === undefined) return undefined
      const [first] = tasks.values()
      return first?.end.reason
    },
    everywhereOf: (owner: string) =>
      [...(waiting.of(owner)?.values() ?? []), ...(waiting.ofCircles()?.values() ?? [])].map(({ end }) => end),
    run: rounds.run,
    count: waiting.size,
    async close(): Promise<void> {
      await rounds.close()
      const left = waiting.size()
      if (left > 0 && journal === undefined)
        logger.error({ lost: left }, 'closing while ends of sessions wait for the store: they were not stored')
      else if (left > 0)
        logger.warn({ waiting: left }, 'closing while ends of sessions wait for the store: the next start goes on with them')
      await journal?.close()
    },
  })
}
