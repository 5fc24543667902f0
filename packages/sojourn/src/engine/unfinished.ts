import type { CancelTimer, Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'

/** Ends that the store did not take. They hold in this process at once, and everywhere as soon as the store answers again. */
export interface Unfinished {
  /** Runs `end` again and again until it gets through. `key` is a row id, or an owner key for "log out everywhere". */
  later(key: string, reason: string, end: () => Promise<unknown>): void
  /** Why this row is to be ended, if it is. */
  reasonOf(key: string): string | undefined
  count(): number
  /** Tries everything once more, and tells what had to be given up. */
  close(): Promise<void>
}

interface Task {
  readonly reason: string
  readonly end: () => Promise<unknown>
}

const RETRY_AFTER: Millis = 1_000
/** Beyond this many the caller's own retry has to do; about 50 MiB. */
const MAX_TASKS = 100_000

export function unfinished(clock: Clock, logger: Logger): Unfinished {
  const tasks = new Map<string, Task>()
  let timer: CancelTimer | undefined
  let running: Promise<void> | undefined
  let closed = false

  async function runAll(): Promise<void> {
    for (const [key, task] of tasks) {
      try {
        await task.end()
      } catch (error) {
        // One failure tells enough of a store that is down: the rest waits with it. Another one is the first to be tried next
        // time, since this one may wait for the copies of its own place only.
        if (tasks.get(key) === task && tasks.delete(key)) tasks.set(key, task)
        logger.warn({ waiting: tasks.size, error: String(error) }, 'ends of sessions still wait for the store')
        return
      }
      if (tasks.get(key) === task) tasks.delete(key)
      logger.info({ waiting: tasks.size }, 'an end of a session that had to wait was stored')
    }
  }
  function run(): Promise<void> {
    running ??= runAll().finally(() => {
      running = undefined
      schedule()
    })
    return running
  }
  function schedule(): void {
    if (closed || timer !== undefined || tasks.size === 0) return
    timer = clock.after(RETRY_AFTER, () => {
      timer = undefined
      void run()
    })
  }

  return Object.freeze({
    later(key: string, reason: string, end: () => Promise<unknown>): void {
      if (tasks.size >= MAX_TASKS && !tasks.has(key)) {
        logger.error({ waiting: tasks.size }, 'too many ends of sessions wait for the store; the caller has to repeat this one')
        return
      }
      tasks.set(key, { reason, end })
      schedule()
    },
    reasonOf: (key: string) => tasks.get(key)?.reason,
    count: () => tasks.size,
    async close(): Promise<void> {
      closed = true
      timer?.()
      await running
      await runAll()
      if (tasks.size > 0) logger.error({ lost: tasks.size }, 'closing while ends of sessions wait for the store: they were not stored')
    },
  })
}
