import type { Millis } from '../../clock.js'
import { NotSentError, replyCode } from './faults.js'
import type { Line } from './line.js'
import { type StandingLineOptions, standingLine } from './standing-line.js'
import type { Answer, Command } from './wire.js'
import { within } from './within.js'

/** The way to one server. Nothing waits in it: while the server is away, it says so. */
export interface Link {
  /** Resolves when it stands; rejects if it does not at the first attempt. */
  connect(): Promise<void>
  send(command: Command, wait: Millis): Promise<Answer>
  /** Sends a command to a server that is about to take over its key. */
  sendAsking(command: Command, wait: Millis): Promise<Answer>
  /** False from the first failed attempt to reach the server to the next successful one. */
  isUp(): boolean
  close(wait: Millis): Promise<void>
}

export function link(options: StandingLineOptions): Link {
  const { clock } = options
  const line = standingLine(options)

  const standing = async (wait: Millis): Promise<Line> => {
    // Only the first attempt is worth waiting for: after that, callers learn at once that the server is away.
    const attempt = line.firstAttempt() ?? Promise.reject(line.fault())
    try {
      return await within(clock, wait, attempt)
    } catch (fault) {
      throw new NotSentError(fault)
    }
  }
  const through = async (wait: Millis, say: (line: Line, wait: Millis) => Promise<unknown>): Promise<Answer> => {
    const since = clock.monotonic()
    const carrier = line.current() ?? (await standing(wait))
    try {
      return { reply: await say(carrier, wait - (clock.monotonic() - since)), carrier: carrier.name }
    } catch (fault) {
      // The server is no longer a primary, or its name leads to another server now: look again.
      if (replyCode(fault) === 'READONLY') carrier.end(new Error('The server has become a replica.'))
      throw fault
    }
  }

  return {
    async connect() {
      await line.open()
    },
    send: (command, wait) => through(wait, (to, left) => to.send(command, left)),
    sendAsking: (command, wait) =>
      through(wait, async (to, left) => {
        // Both leave in one go: the permission holds for the next command of the connection only.
        const [, reply] = await Promise.all([to.send(['ASKING'], left), to.send(command, left)])
        return reply
      }),
    isUp: line.isUp,
    close: line.close,
  }
}
