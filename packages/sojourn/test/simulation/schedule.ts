/** A timer, a request of a client, or something else that arrives from outside. */
export type Kind = 'timer' | 'request' | 'arrival'

/** What runs at an instant of the simulated world. */
interface Item {
  readonly at: number
  readonly order: number
  readonly run: () => void
  readonly kind: Kind
  readonly process: Process | undefined
  isCancelled: boolean
}

/** A process of the simulated world. While it is paused what is due for it waits; once it is gone nothing runs any more. */
export interface Process {
  isPaused: boolean
  isGone: boolean
  backlog: unknown[]
}

export interface Schedule {
  /** Milliseconds since the world began. */
  now(): number
  /** How many things have run: tells which of two things of the same instant came first. */
  step(): number
  at(when: number, run: () => void, process?: Process, kind?: Kind): () => void
  /**
   * Lets a paused process go on: first its timers, then what has arrived, as an event loop does. Which of its connections it
   * reads first is chance: `requestsFirst`.
   */
  resume(process: Process, requestsFirst: boolean): void
  /** Runs everything that is due until `end`, or until `isOver`; what one thing starts has settled before the next one runs. */
  runUntil(end: number, isOver?: () => boolean): Promise<void>
  /** How many timers of this process have not come due. */
  timers(process: Process): number
}

/**
 * Runs what is due before the event loop goes on, as Node does after each callback: next ticks, microtasks, and what they start.
 * An immediate for each step would do the same, in twice the time: a million of them are a chain that the collector drags along.
 */
const settleAll = (process as unknown as { _tickCallback(): void })._tickCallback

/** Things that run at one instant. Whatever tries again without letting time pass would do so for ever. */
const MOST_AT_ONCE = 100_000

const isBefore = (a: Item, b: Item): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

function heap() {
  const items: Item[] = []
  return {
    items,
    push(item: Item): void {
      let at = items.push(item) - 1
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (!isBefore(item, items[parent]!)) break
        items[at] = items[parent]!
        at = parent
      }
      items[at] = item
    },
    pop(): Item | undefined {
      const first = items[0]
      const last = items.pop()
      if (first === undefined || last === undefined || items.length === 0) return first
      let at = 0
      for (;;) {
        let child = at * 2 + 1
        if (child >= items.length) break
        if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child++
        if (!isBefore(items[child]!, last)) break
        items[at] = items[child]!
        at = child
      }
      items[at] = last
      return first
    },
  }
}

/** The only thing that makes time pass in the simulated world. */
export function schedule(): Schedule {
  const due = heap()
  let now = 0
  let order = 0
  let steps = 0
  let stepsBefore = 0

  const put = (when: number, run: () => void, process: Process | undefined, kind: Kind): Item => {
    const item: Item = { at: Math.max(when, now), order: order++, run, kind, process, isCancelled: false }
    due.push(item)
    return item
  }
  /** The next thing that may run, or undefined when nothing is due until `end`. */
  const next = (end: number): Item | undefined => {
    for (;;) {
      const first = due.items[0]
      if (first === undefined || first.at > end) return undefined
      due.pop()
      if (first.isCancelled || first.process?.isGone === true) continue
      if (first.process?.isPaused !== true) return first
      first.process.backlog.push(first)
    }
  }
  return {
    now: () => now,
    step: () => steps,
    at(when, run, process, kind = 'arrival') {
      const item = put(when, run, process, kind)
      return () => {
        item.isCancelled = true
      }
    },
    resume(process, requestsFirst) {
      process.isPaused = false
      const waiting = process.backlog as Item[]
      process.backlog = []
      for (const kind of requestsFirst ? ['timer', 'request', 'arrival'] : ['timer', 'arrival', 'request']) {
        for (const item of waiting)
          if (item.kind === kind && !item.isCancelled) put(now, () => item.isCancelled || item.run(), process, item.kind)
      }
    },
    runUntil: (end, isDone) =>
      new Promise((resolve, reject) => {
        setImmediate(() => {
          try {
            while (isDone?.() !== true) {
              const item = next(end)
              if (item === undefined) {
                now = end
                break
              }
              if (item.at > now) stepsBefore = steps
              now = item.at
              steps++
              if (steps - stepsBefore > MOST_AT_ONCE)
                throw new Error(`time stands still at ${Math.round(now)} ms: a ${item.kind} comes again and again`)
              item.run()
              settleAll()
            }
            resolve()
          } catch (fault) {
            reject(fault)
          }
        })
      }),
    timers: (process) => due.items.filter((item) => item.process === process && item.kind === 'timer' && !item.isCancelled).length,
  }
}
