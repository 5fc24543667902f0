import type { Io } from './io.js'

/** What is done sooner needs no progress. */
const SHOWN_AFTER = 1_000

/** Between two changes of the line, so that it can be read. */
const REDRAWN_AFTER = 200

export interface Progress {
  step(done: number): void
  /** Takes the line away. */
  end(): void
}

/** A line on standard error that counts, for a person who has waited longer than a second. */
export function progress(io: Io, what: string): Progress {
  const started = io.clock.monotonic()
  let drawn: number | undefined
  return {
    step(done) {
      const now = io.clock.monotonic()
      if (!io.isWatched || now - started < SHOWN_AFTER || now - (drawn ?? 0) < REDRAWN_AFTER) return
      drawn = now
      io.err(`\r${what}: ${done.toLocaleString('en')}`)
    },
    end() {
      if (drawn !== undefined) io.err('\r\u001b[K')
    },
  }
}
