import type { Millis } from '../../clock.js'
import type { Address } from './address.js'
import { type Connection, type ConnectionSettings, connect } from './connection.js'
import { deadlineIn } from './deadline.js'

/** The place of one connection, which is made again after it has ended. */
export interface Slot {
  /** The connection, while it is open. */
  readonly connection: Connection | undefined
  /** The connection that is being made. */
  readonly opening: Promise<Connection> | undefined
  /** Starts to make a connection, unless there is one already or the last failure is too recent. */
  open(): void
  close(): void
}

export interface SlotSettings extends ConnectionSettings {
  /** How long a connection may take to be made. */
  readonly timeout: Millis
}

/** Waits after failures in a row: long enough to spare a server that comes up, short enough that nobody notices. */
const FIRST_WAIT: Millis = 25
const LONGEST_WAIT: Millis = 1_000

export function connectionSlot(address: Address, settings: SlotSettings): Slot {
  const { clock, timeout } = settings
  let connection: Connection | undefined
  let opening: Promise<Connection> | undefined
  let failures = 0
  let notBefore: Millis = 0
  let isClosed = false

  const noteFailure = (): void => {
    notBefore = clock.monotonic() + Math.min(FIRST_WAIT * 2 ** failures, LONGEST_WAIT)
    failures++
  }
  const make = async (): Promise<Connection> => {
    try {
      const made = await connect(address, settings, deadlineIn(clock, timeout), ({ lost, answered }) => {
        connection = undefined
        if (answered) failures = 0
        // One that nobody was using may have been closed for that.
        if (lost) noteFailure()
      })
      if (isClosed) made.close()
      else connection = made
      return made
    } catch (fault) {
      noteFailure()
      throw fault
    } finally {
      opening = undefined
    }
  }

  return {
    get connection() {
      return connection
    },
    get opening() {
      return opening
    },
    open() {
      if (isClosed || connection !== undefined || opening !== undefined || clock.monotonic() < notBefore) return
      opening = make()
      // Who waits for it is told. Where nobody does, nothing is lost: the next question finds the slot empty.
      opening.catch(() => undefined)
    },
    close() {
      isClosed = true
      connection?.close()
    },
  }
}
