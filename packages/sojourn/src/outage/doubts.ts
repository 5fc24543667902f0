import type { CancelTimer, Clock, Millis } from '../clock.js'

/** What may be wrong with the store, until somebody has looked. */
export interface Doubts {
  /** Something may have gone wrong until now. */
  raise(): void
  /** Whether somebody has looked since the last doubt. */
  areSettled(): boolean
  /** How long ago the last look was. */
  sinceLook(): Millis
  /** Looks now, or takes part in the look that is under way. Throws what `look` throws; then what is in doubt stays so. */
  look(): Promise<void>
  /** Resolves once somebody has looked since every doubt. */
  settle(): Promise<void>
  /** Looks again in a while, sooner while something is in doubt. */
  schedule(): void
  close(): void
}

export interface DoubtsOptions {
  readonly timing: Clock
  readonly look: () => Promise<void>
  /** Whether there is nothing to look at, unless something is in doubt. */
  readonly isQuiet: () => boolean
}

/** How often is looked where nothing is in doubt. */
export const LOOK_EVERY: Millis = 5_000
/** And where something is, until it is known. */
const DOUBTS_EVERY: Millis = 250

export function openDoubts({ timing, look, isQuiet }: DoubtsOptions): Doubts {
  let raised = 0
  let settled = 0
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  let timer: CancelTimer | undefined
  let isClosed = false

  const areSettled = (): boolean => raised <= settled
  async function lookOnce(): Promise<void> {
    const upTo = raised
    await look()
    settled = Math.max(settled, upTo)
    lookedAt = timing.monotonic()
  }
  function lookNow(): Promise<void> {
    timer?.()
    timer = undefined
    looking ??= lookOnce().finally(() => {
      looking = undefined
      schedule()
    })
    return looking
  }
  function schedule(): void {
    if (isClosed || timer !== undefined || (areSettled() && isQuiet())) return
    timer = timing.after(areSettled() ? LOOK_EVERY : DOUBTS_EVERY, () => {
      timer = undefined
      // That the store does not answer is told elsewhere, and what is in doubt stays so.
      lookNow().catch(() => undefined)
    })
  }
  return Object.freeze({
    raise: () => void raised++,
    areSettled,
    sinceLook: () => timing.monotonic() - lookedAt,
    look: lookNow,
    async settle(): Promise<void> {
      // One that was under way may have asked before the doubt.
      while (!areSettled()) await lookNow()
    },
    schedule,
    close(): void {
      isClosed = true
      timer?.()
    },
  })
}
