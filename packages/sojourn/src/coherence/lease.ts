import type { Clock, Millis, Reading } from '../clock.js'

/** What was known when something was sent, to extend the lease by when it has come back. */
export interface LeaseBegin {
  readonly at: Millis
  readonly offset: Millis
  readonly turn: number
}

/** The right to answer from memory for a while. */
export interface Lease {
  /** Whether it holds at this instant, or at the one that its own clock was read at just now. */
  holds(reading?: Reading): boolean
  /** Call before sending; hand the answer to `extend` once what was sent has come back. */
  begin(): LeaseBegin
  /** Makes it hold from `begin` on for the length of a lease; never shorter than before. */
  extend(begin: LeaseBegin): void
  /** It holds no longer, and what was begun before extends nothing. */
  void(): void
}

/** Clocks of two machines may run this much apart during one lease (1 % of two seconds, and as much again). */
const MARGIN: Millis = 50
/**
 * If wall clock and monotonic clock differ by more than this since the lease was given, the machine slept or was moved: the
 * monotonic clock of a suspended machine stands still while the lease runs out for everybody else.
 */
const MOST_JUMP: Millis = 250

/**
 * A lease of `length` milliseconds, counted from before the request for it was sent and judged by the monotonic clock
 * (Gray and Cheriton, "Leases", 1989).
 */
export function lease(clock: Clock, length: Millis): Lease {
  let until = Number.NEGATIVE_INFINITY
  let offset = 0
  let turn = 0

  const isSteady = (since: Millis, wall: Millis, monotonic: Millis): boolean => Math.abs(wall - monotonic - since) <= MOST_JUMP
  function end(): void {
    turn++
    until = Number.NEGATIVE_INFINITY
  }
  return Object.freeze({
    holds(reading?: Reading): boolean {
      const read = reading?.clock === clock ? reading.at : undefined
      const monotonic = read === undefined ? clock.monotonic() : read[1]
      if (monotonic >= until) return false
      if (isSteady(offset, read === undefined ? clock.now() : read[0], monotonic)) return true
      // For good: a clock that is put right afterwards must not bring back what ran out meanwhile.
      end()
      return false
    },
    begin(): LeaseBegin {
      const at = clock.monotonic()
      return { at, offset: clock.now() - at, turn }
    },
    extend(begin: LeaseBegin): void {
      const monotonic = clock.monotonic()
      if (begin.turn !== turn || !isSteady(begin.offset, clock.now(), monotonic)) return
      until = Math.max(until, begin.at + length - MARGIN)
      offset = begin.offset
    },
    void: end,
  })
}
