import type { CancelTimer, Clock, Millis } from '../../clock.js'
import type { Line } from './line.js'

/** A line that is opened again whenever it is lost. */
export interface StandingLine {
  /** The line, while it stands. */
  current(): Line | undefined
  /** Resolves when it stands; rejects if the attempt that is under way, or is begun by this call, fails. More follow by themselves. */
  open(): Promise<Line>
  /** The attempt that is under way, if it is the first one since the line was lost. */
  firstAttempt(): Promise<Line> | undefined
  /** Why it does not stand. */
  fault(): Error
  /** False from the first failed attempt to the next successful one. */
  isUp(): boolean
  close(wait: Millis): Promise<void>
}

export interface StandingLineOptions {
  readonly open: (onEnd: () => void) => Promise<Line>
  readonly clock: Clock
  /** Called when the line is lost and when an attempt to open it fails. */
  readonly onTrouble?: () => void
}

/** Short enough to be back well within three seconds of a fail-over, long enough not to be a burden to a server that is starting. */
const FIRST_PAUSE: Millis = 50
const LONGEST_PAUSE: Millis = 250

/** A line that was lost sooner than this is not opened again at once: the server may be turning us away. */
const STEADY: Millis = 1_000

export function standingLine(options: StandingLineOptions): StandingLine {
  const { clock, onTrouble = () => undefined } = options
  let line: Line | undefined
  let opening: Promise<Line> | undefined
  let cancelRetry: CancelTimer | undefined
  let failures = 0
  let isClosed = false
  let lastFault = closedFault()

  const openInBackground = (): void => {
    // The fault is kept for the next caller, and another attempt is on its way.
    open().catch(() => undefined)
  }
  const retry = (isAtOnce: boolean): void => {
    failures = isAtOnce ? 0 : failures + 1
    cancelRetry?.()
    if (isClosed) return
    if (isAtOnce) openInBackground()
    else cancelRetry = clock.after(pauseAfter(failures), openInBackground)
    onTrouble()
  }
  const lost = (livedFor: Millis): void => {
    line = undefined
    retry(livedFor >= STEADY)
  }
  const attempt = async (): Promise<Line> => {
    try {
      const opened = await openOnce(options, lost)
      if (isClosed) throw closeAt(opened)
      line = opened
      failures = 0
      return opened
    } catch (fault) {
      if (fault instanceof Error) lastFault = fault
      retry(false)
      throw fault
    }
  }
  function open(): Promise<Line> {
    if (line !== undefined) return Promise.resolve(line)
    opening ??= attempt().finally(() => {
      opening = undefined
    })
    return opening
  }

  return {
    current: () => line,
    open,
    firstAttempt: () => (isClosed || failures > 0 ? undefined : opening),
    fault: () => lastFault,
    isUp: () => line !== undefined || failures === 0,
    async close(wait) {
      isClosed = true
      cancelRetry?.()
      await line?.close(wait)
    },
  }
}

const pauseAfter = (failures: number): Millis => Math.min(FIRST_PAUSE * 2 ** Math.min(failures - 1, 10), LONGEST_PAUSE)

/** A line that stands: `lost` is called when it is lost later on, with the time for which it stood. */
async function openOnce({ open, clock }: StandingLineOptions, lost: (livedFor: Millis) => void): Promise<Line> {
  let standsSince: Millis | undefined
  let isLost = false
  const opened = await open(() => {
    isLost = true
    if (standsSince !== undefined) lost(clock.monotonic() - standsSince)
  })
  if (isLost) throw closedFault()
  standsSince = clock.monotonic()
  return opened
}

const closedFault = (): Error => new Error('The connection to Redis is closed.')

function closeAt(line: Line): Error {
  const cause = closedFault()
  line.end(cause)
  return cause
}
