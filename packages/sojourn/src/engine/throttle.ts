import type { Clock, Millis } from '../clock.js'
import type { ThrottleSettings } from '../settings.js'

/** What one source has left, in whole numbers and seconds. */
export interface Allowance {
  readonly limit: number
  readonly window: number
  readonly remaining: number
  readonly reset: number
}

/** What one more guess comes to. */
export interface Guess extends Allowance {
  /** Whether it is above what its source may send. */
  readonly isOver: boolean
  /** True once for each source and minute: for the event. */
  readonly isNews: boolean
  /** How many guesses of this source the last minute has seen. */
  readonly count: number
}

/** Counts guesses by source, in bounded memory. */
export interface Throttle {
  /** Counts one guess. `source` is undefined where it is not known; then it counts for all together only. */
  count(source: string | undefined): { readonly own?: Guess; readonly overall: Guess }
  /** What a source has left, without counting. */
  left(source: string): Allowance
  /** How many sources are being watched. */
  sources(): number
}

const WINDOW: Millis = 60_000

/** Sources watched at once, about 2 MiB. Whoever has more addresses than that pushes the quiet ones out, and is seen by the count of all. */
const MAX_SOURCES = 10_000

/** Guesses of one source in this minute and in the one before it. */
interface Watched {
  minute: number
  current: number
  previous: number
  /** The minute in which it was last reported. */
  reported: number
}

const watched = (minute: number): Watched => ({ minute, current: 0, previous: 0, reported: -1 })

/** Lets the minutes pass that have passed. */
function turn(entry: Watched, minute: number): void {
  if (entry.minute === minute) return
  entry.previous = entry.minute === minute - 1 ? entry.current : 0
  entry.current = 0
  entry.minute = minute
}

/** The guesses of the last sixty seconds: this minute's, and the share of the last one's that is not yet past. */
function weight({ current, previous }: Watched, passed: number): number {
  return current + previous * (1 - passed)
}

/** Seconds until one more guess is within `limit` again if nothing comes before it: never longer than two windows. */
function reset({ current, previous }: Watched, limit: number, passed: number): number {
  const room = limit - 1
  // Within this minute only the share of the last one shrinks; after it, that of this one.
  const within = current <= room ? Math.max(0, (current + previous - room) / Math.max(1, previous) - passed) : undefined
  const share = within ?? 1 - passed + Math.max(0, 1 - room / current)
  return Math.max(1, Math.ceil((share * WINDOW) / 1_000))
}

/** A sliding window of a minute over guesses, by source and over all. */
export function throttle({ perSource, overall }: Pick<ThrottleSettings, 'perSource' | 'overall'>, clock: Clock): Throttle {
  const all = watched(0)
  // In the order of their last guess: the first one has been quiet for the longest time.
  const known = new Map<string, Watched>()
  const allowance = (entry: Watched, limit: number, now: Millis): Allowance => {
    const passed = (now % WINDOW) / WINDOW
    const remaining = Math.max(0, Math.floor(limit - weight(entry, passed)))
    return { limit, window: WINDOW / 1_000, remaining, reset: reset(entry, limit, passed) }
  }
  const add = (entry: Watched, limit: number, now: Millis): Guess => {
    const minute = Math.floor(now / WINDOW)
    turn(entry, minute)
    entry.current += 1
    const sum = weight(entry, (now % WINDOW) / WINDOW)
    const isOver = sum > limit
    const isNews = isOver && entry.reported !== minute
    if (isNews) entry.reported = minute
    return { ...allowance(entry, limit, now), isOver, isNews, count: Math.round(sum) }
  }
  return Object.freeze({
    count(source: string | undefined): { readonly own?: Guess; readonly overall: Guess } {
      const now = clock.monotonic()
      const together = add(all, overall, now)
      if (source === undefined) return { overall: together }
      const entry = known.get(source) ?? watched(Math.floor(now / WINDOW))
      known.delete(source)
      if (known.size >= MAX_SOURCES) known.delete(known.keys().next().value ?? '')
      known.set(source, entry)
      return { own: add(entry, perSource, now), overall: together }
    },
    left(source: string): Allowance {
      const now = clock.monotonic()
      const entry = { ...(known.get(source) ?? watched(0)) }
      turn(entry, Math.floor(now / WINDOW))
      return allowance(entry, perSource, now)
    },
    sources: () => known.size,
  })
}
