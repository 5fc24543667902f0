import type { Io } from './io.js'

/** What is done sooner needs no progress. */
const SHOWN_AFTER = 1_000

/** Between two changes of the line, so that it can be read. */
const REDRAWN_AFTER = 200

export interface Progress {
  /** `total`, if it is known, is what `done` will be in the end. */
  step(done: number, total?: number): void
  /** Takes the line away. */
  end(): void
}

const BAR_WIDTH = 20

function barOf(done: number, total: number): string {
  const share = total === 0 ? 1 : Math.min(1, done / total)
  const full = Math.floor(share * BAR_WIDTH)
  return ` of ${total.toLocaleString('en')} [${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}] ${Math.floor(share * 100)} %`
}

/** A line on standard error that counts, for a person who has waited longer than a second. */
export function progress(io: Io, what: string): Progress {
  const started = io.clock.monotonic()
  let drawn: number | undefined
  return {
    step(done, total) {
      const now = io.clock.monotonic()
      if (!io.isWatched || now - started < SHOWN_AFTER || now - (drawn ?? 0) < REDRAWN_AFTER) return
      drawn = now
      io.err(`\r${what}: ${done.toLocaleString('en')}${total === undefined ? '' : barOf(done, total)}`)
    },
    end() {
      if (drawn !== undefined) io.err('\r\u001b[K')
    },
  }
}
