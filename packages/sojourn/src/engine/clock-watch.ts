import type { Clock, Millis } from '../clock.js'
import type { Logger } from '../events/log.js'
import { type Store, tellsTime } from '../store/store.js'

/** Compares the clock that sessions end by with those around it. */
export interface ClockWatch {
  /** Asks now, and answers the largest distance. A store that does not answer tells nothing about clocks. */
  measure(): Promise<Millis>
  /** What the last measurement came to; 0 before the first. */
  last(): Millis
}

/** What a network protocol for time reaches with ease; more is worth a look (security.md TMO-8). */
const WORTH_A_WARNING: Millis = 2_000
/** A clock that stays wrong is told about this often, and not at each question. */
const BETWEEN_WARNINGS: Millis = 600_000

async function storeDistance(store: Store, clock: Clock): Promise<Millis> {
  if (!tellsTime(store)) return 0
  const asked = clock.now()
  const there = await store.now()
  const answered = clock.now()
  // The store read its clock at some time in between; only what lies outside of that is certain.
  return Math.max(0, asked - there, there - answered)
}

/** `machine` is the clock as it was given, which may have been set back. */
export function clockWatch(
  { store, clock, logger }: { readonly store: Store; readonly clock: Clock; readonly logger: Logger },
  machine: Clock,
): ClockWatch {
  let last: Millis = 0
  let told = Number.NEGATIVE_INFINITY
  async function measure(): Promise<Millis> {
    const fromMachine = Math.abs(clock.now() - machine.now())
    let fromStore: Millis = 0
    try {
      fromStore = await storeDistance(store, clock)
    } catch (error) {
      logger.warn({ error: String(error) }, 'the store did not tell the time, so the clock of this host could not be compared with its own')
    }
    last = Math.max(fromMachine, fromStore)
    if (last > WORTH_A_WARNING && clock.monotonic() - told >= BETWEEN_WARNINGS) {
      told = clock.monotonic()
      const advice =
        fromMachine > fromStore
          ? 'it was put back while this process ran; start it again once it is right'
          : 'let both keep their clocks by NTP'
      logger.warn({ milliseconds: Math.round(last), advice }, 'the clocks that sessions end by disagree')
    }
    return last
  }
  return Object.freeze({ measure, last: () => last })
}
