import type { Clock, Millis } from '../../clock.js'
import type { Address } from './address.js'
import type { Driver, DriverClient } from './driver.js'
import { overdue } from './overdue.js'
import type { Command } from './wire.js'
import { tooLate, within } from './within.js'

/** One connection. When it is gone, it is gone: a new one is another line. */
export interface Line {
  /** No other line of this process has it. */
  readonly name: string
  /** Rejects if there is no answer within `wait`, and ends the line: the answer may still come, and nobody would know to what. */
  send(command: Command, wait: Millis): Promise<unknown>
  /** Breaks it off: everything that waits for an answer is rejected. */
  end(cause: Error): void
  /** Ends it when the answers that are due have come, at the latest after `wait`. */
  close(wait: Millis): Promise<void>
}

/** How lines are made. */
export interface LineMaker {
  readonly driver: Driver
  readonly clock: Clock
  /** How long a connection may take to be made. */
  readonly timeout: Millis
  /** The most commands that may wait for their answers on one line. */
  readonly maxPending: number
}

let made = 0

/** `$` of the protocol: text comes as bytes, since rows are bytes. */
const BULK_STRING = 36

/** Opens a connection and asks for a sign of life. `onEnd` is called once, when the line is gone. */
export async function openLine(maker: LineMaker, address: Address, onEnd: () => void = () => undefined): Promise<Line> {
  const { clock, timeout } = maker
  const client = makeClient(maker, address)
  const name = `line ${++made}`
  let endedBy: Error | undefined

  const end = (cause: Error): void => {
    if (endedBy !== undefined) return
    endedBy = cause
    waits.stop()
    client.destroy()
    onEnd()
  }
  const waits = overdue(clock, (wait) => end(tooLate(wait)))
  const send = async (command: Command, wait: Millis): Promise<unknown> => {
    if (endedBy !== undefined) throw endedBy
    const isAnswered = waits.start(wait)
    try {
      return await client.sendCommand(command)
    } catch (fault) {
      // Whoever waited is told why the line was ended, not only that it was.
      throw endedBy ?? fault
    } finally {
      isAnswered()
    }
  }

  client.on('error', (cause) => end(asError(cause)))
  client.on('terminated', (cause) => end(asError(cause)))
  client.on('end', () => end(new Error('The connection to Redis was closed.')))
  try {
    await within(clock, timeout, client.connect(), end)
    // A process that is stopped still accepts connections; only an answer shows that somebody is there, and that we are let in.
    await send(['PING'], timeout)
  } catch (fault) {
    end(asError(fault))
    throw endedBy ?? fault
  }
  return {
    name,
    send,
    end,
    async close(wait) {
      if (endedBy !== undefined) return
      const cause = new Error('The connection to Redis was closed.')
      try {
        await within(clock, wait, client.close())
      } finally {
        end(cause)
      }
    },
  }
}

export function makeClient(
  { driver, timeout, maxPending }: LineMaker,
  { host, port, tls, username, password, database }: Address,
): DriverClient {
  return driver.createClient({
    socket: { host, port, tls, connectTimeout: timeout, reconnectStrategy: false },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    commandsQueueMaxLength: maxPending,
    // The driver's own deadline makes an AbortSignal for each command, which costs four times the command itself.
    commandOptions: { timeout: 0, typeMapping: { [BULK_STRING]: Buffer } },
  })
}

export const asError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error('The connection to Redis was lost.'))
