import type { CancelTimer, Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'
import type { Journal } from '../outage/journal.js'
import { type PendingEnd, pendingEndId } from '../outage/pending-end.js'

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

interface Task {
  readonly end: PendingEnd
  readonly run: () => Promise<unknown>
}

const RETRY_AFTER: Millis = 1_000
/** Beyond this many the caller's own retry has to do; about 50 MiB. */
const MAX_TASKS = 100_000

/** Those of tenants and of everybody stand together: there are few, and they may mean any session. */
const CIRCLES = ''

const keyOf = ({ kind, key, owner }: PendingEnd): string => (kind === 'circle' ? CIRCLES : kind === 'user' ? (owner ?? key) : key)

/** What waits, by the row or owner that it is about. */
function waitingRoom() {
  const byKey = new Map<string, Map<string, Task>>()
  let size = 0
  return {
    size: () => size,
    of: (key: string) => byKey.get(key),
    all: (): readonly Task[] => [...byKey.values()].flatMap((tasks) => [...tasks.values()]),
    /** Answers the one whose place it takes. */
    add(task: Task): Task | undefined {
      const key = keyOf(task.end)
      const tasks = byKey.get(key) ?? new Map<string, Task>()
      byKey.set(key, tasks)
      // To end one session twice says no more than once. The instants of "everywhere" differ.
      const id = task.end.kind === 'session' ? '' : pendingEndId(task.end)
      const before = tasks.get(id)
      if (before === undefined) size++
      tasks.set(id, task)
      return before
    },
    /** False if another one has taken its place. */
    take(task: Task): boolean {
      const key = keyOf(task.end)
      const tasks = byKey.get(key) ?? new Map<string, Task>()
      const [id] = [...tasks].find(([, one]) => one === task) ?? []
      if (id === undefined) return false
      tasks.delete(id)
      size--
      if (tasks.size === 0) byKey.delete(key)
      return true
    },
  }
}

export function unfinished(clock: Clock, logger: Logger, journal?: Journal): Unfinished {
  const waiting = waitingRoom()
  let timer: CancelTimer | undefined
  let running: Promise<readonly string[]> | undefined
  let closed = false

  async function runAll(): Promise<readonly string[]> {
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
      journal?.done(task.end)
      through.push(task.end.key)
      logger.info({ waiting: waiting.size() }, 'an end of a session that had to wait was stored')
    }
    return through
  }
  function run(): Promise<readonly string[]> {
    running ??= runAll().finally(() => {
      running = undefined
      schedule()
    })
    return running
  }
  function schedule(): void {
    if (closed || timer !== undefined || waiting.size() === 0) return
    timer = clock.after(RETRY_AFTER, () => {
      timer = undefined
      void run()
    })
  }
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
      const takesAPlace = end.kind !== 'session' || waiting.of(keyOf(end)) === undefined
      if (waiting.size() >= MAX_TASKS && takesAPlace) {
        logger.error({ waiting: waiting.size() }, 'too many ends of sessions wait for the store; the caller has to repeat this one')
        return false
      }
      const before = waiting.add({ end, run: task })
      schedule()
      const isKept = await keep(end)
      if (isKept && before !== undefined) journal?.done(before.end)
      return isKept
    },
    resume(end: PendingEnd, task: () => Promise<unknown>): void {
      waiting.add({ end, run: task })
      schedule()
    },
    reasonOf(rowId: string): string | undefined {
      const tasks = waiting.of(rowId)
      if (tasks === undefined) return undefined
      const [first] = tasks.values()
      return first?.end.reason
    },
    everywhereOf: (owner: string) =>
      [...(waiting.of(owner)?.values() ?? []), ...(waiting.of(CIRCLES)?.values() ?? [])].map(({ end }) => end),
    run,
    count: waiting.size,
    async close(): Promise<void> {
      closed = true
      timer?.()
      await running
      await runAll()
      const left = waiting.size()
      if (left > 0 && journal === undefined)
        logger.error({ lost: left }, 'closing while ends of sessions wait for the store: they were not stored')
      else if (left > 0)
        logger.warn({ waiting: left }, 'closing while ends of sessions wait for the store: the next start goes on with them')
      await journal?.close()
    },
  })
}
