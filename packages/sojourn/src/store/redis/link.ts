import type { CancelTimer, Clock, Millis } from '../../clock.js'
import { replyCode } from './faults.js'
import type { Line } from './line.js'
import type { Answer, Command } from './wire.js'
import { within } from './within.js'

/** A line that is opened again when it is lost. Nothing waits in it: while it is down, it says so. */
export interface Link {
  /** Resolves when the line stands; rejects if the attempt that is under way fails. More attempts follow by themselves. */
  connect(): Promise<void>
  send(command: Command, wait: Millis): Promise<Answer>
  /** Sends a command to a server that is about to take over its key. */
  sendAsking(command: Command, wait: Millis): Promise<Answer>
  /** False from the first failed attempt to the next successful one. */
  isUp(): boolean
  close(wait: Millis): Promise<void>
}

export interface LinkOptions {
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

export function link({ open, clock, onTrouble = () => undefined }: LinkOptions): Link {
  let line: Line | undefined
  let opening: Promise<Line> | undefined
  let cancelRetry: CancelTimer | undefined
  let failures = 0
  let isClosed = false
  let lastFault = new Error('The connection to Redis is down.')

  const retryLater = (): void => {
    if (isClosed) return
    const pause = Math.min(FIRST_PAUSE * 2 ** Math.min(failures - 1, 10), LONGEST_PAUSE)
    cancelRetry?.()
    cancelRetry = clock.after(pause, openInBackground)
  }
  const openInBackground = (): void => {
    // The fault is kept for the next caller, and another attempt is on its way.
    connect().catch(() => undefined)
  }

  async function attempt(): Promise<Line> {
    const isEnded = { now: false }
    const since = clock.monotonic()
    const onEnd = (): void => {
      isEnded.now = true
      if (line === undefined) return
      line = undefined
      failures = clock.monotonic() - since < STEADY ? failures + 1 : 0
      if (isClosed) return
      if (failures === 0) openInBackground()
      else retryLater()
      onTrouble()
    }
    try {
      const opened = await open(onEnd)
      if (isClosed || isEnded.now) {
        opened.end(new Error('The connection to Redis was closed.'))
        throw new Error('The connection to Redis was closed.')
      }
      line = opened
      failures = 0
      return opened
    } catch (fault) {
      if (fault instanceof Error) lastFault = fault
      failures++
      retryLater()
      onTrouble()
      throw fault
    }
  }

  function connect(): Promise<Line> {
    if (line !== undefined) return Promise.resolve(line)
    opening ??= attempt().finally(() => {
      opening = undefined
    })
    return opening
  }

  const standing = async (wait: Millis): Promise<Line> => {
    if (line !== undefined) return line
    // Only the first attempt is worth waiting for: after that, callers learn at once that the server is away.
    if (isClosed || failures > 0 || opening === undefined) throw lastFault
    return within(clock, wait, opening)
  }
  const through = async (wait: Millis, say: (line: Line, wait: Millis) => Promise<unknown>): Promise<Answer> => {
    const since = clock.monotonic()
    const carrier = line ?? (await standing(wait))
    try {
      return { reply: await say(carrier, wait - (clock.monotonic() - since)), carrier: carrier.name }
    } catch (fault) {
      // The server is no longer a primary, or its name leads to another server now: look again.
      if (replyCode(fault) === 'READONLY') carrier.end(new Error('The server has become a replica.'))
      throw fault
    }
  }

  return {
    connect: async () => {
      await connect()
    },
    send: (command, wait) => through(wait, (to, left) => to.send(command, left)),
    sendAsking: (command, wait) =>
      through(wait, async (to, left) => {
        // Both leave in one go: the permission holds for the next command of the connection only.
        const [, reply] = await Promise.all([to.send(['ASKING'], left), to.send(command, left)])
        return reply
      }),
    isUp: () => line !== undefined || failures === 0,
    async close(wait) {
      isClosed = true
      cancelRetry?.()
      await line?.close(wait)
    },
  }
}
