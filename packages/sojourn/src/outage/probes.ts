import type { CancelTimer, Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'

/** Asks a store whether it is there: one question at a time, twice a second at most, whoever else wants to know. */
export interface Probes {
  /** Asks when the next question is due, if none is under way. */
  soon(): void
  /** Asks at once if a question is due; else as `soon` does. */
  ask(): void
  close(): void
}

export interface ProbesOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Reads a row that is never there. */
  readonly get: (id: string) => Promise<unknown>
  readonly answered: () => void
  /** `begun`: when the question was asked, by the monotonic clock. */
  readonly failed: (begun: Millis) => void
  /** Whether another question follows this one. */
  readonly goesOn: () => boolean
}

/** From the beginning of one probe to that of the next, which waits for its answer. */
const PROBE_EVERY: Millis = 500
/** After a probe that took longer. */
const SHORTEST_PAUSE: Millis = 50
/** Buckets that are asked in turn for a row that is never there: they lie in different places of a store that has several. */
const PROBED = ['aa', 'ii', 'qq', 'yy', 'ee', 'mm', 'uu', '44']

export function probes({ clock, logger, get, answered, failed, goesOn }: ProbesOptions): Probes {
  let isAsking = false
  let asked = 0
  let askedAt: Millis = Number.NEGATIVE_INFINITY
  let timer: CancelTimer | undefined
  let isClosed = false

  function soon(): void {
    if (isClosed || timer !== undefined || isAsking) return
    timer = clock.after(Math.max(SHORTEST_PAUSE, askedAt + PROBE_EVERY - clock.monotonic()), () => {
      timer = undefined
      void probe()
    })
  }
  async function probe(): Promise<void> {
    if (isClosed || isAsking) return
    isAsking = true
    const begun = clock.monotonic()
    askedAt = begun
    try {
      await get(`${PROBED[asked++ % PROBED.length]}-ping`)
      answered()
    } catch (error) {
      logger.info({ error: String(error) }, 'the session store did not answer a probe')
      failed(begun)
    } finally {
      isAsking = false
      if (goesOn()) soon()
    }
  }
  return Object.freeze({
    soon,
    ask(): void {
      if (clock.monotonic() - askedAt >= PROBE_EVERY) void probe()
      else soon()
    },
    close(): void {
      isClosed = true
      timer?.()
    },
  })
}
