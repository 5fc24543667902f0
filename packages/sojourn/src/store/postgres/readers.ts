import type { Clock } from '../../clock.js'
import type { OwnClient } from './driver.js'
import type { OnConnection } from './exclusive.js'
import { breaksConnection } from './fault.js'
import { within } from './within.js'

/** Connections that many reads share: each is sent at once, behind those that are still waiting for their answer. */
export interface Readers {
  readonly read: OnConnection
  close(): Promise<void>
}

/** A connection that can be cut, which a driver's own `end` does not do while queries are under way. */
export interface Line {
  readonly client: OwnClient
  cut(): void
}

interface Reader {
  line: OpenLine | undefined
  waiting: number
}

interface OpenLine extends Line {
  readonly connected: Promise<unknown>
}

/**
 * A read waits neither for a lock nor for the disk, so one that is late stands on a connection that is dead, and with it
 * all the others on it: the connection is cut and all of them are refused. Writes never go here.
 */
export function pipelinedReaders(open: () => Line, count: number, clock: Clock): Readers {
  const readers = Array.from({ length: count }, (): Reader => ({ line: undefined, waiting: 0 }))

  return {
    async read(use, limit) {
      const reader = readers.reduce((a, b) => (b.waiting < a.waiting ? b : a))
      const line = reader.line ?? openLine(open(), reader)
      reader.line = line
      const drop = (): void => dropLine(reader, line)
      reader.waiting++
      try {
        const work = async () => {
          await line.connected
          return use(line.client)
        }
        return await within(clock, limit, work, drop)
      } catch (thrown) {
        if (breaksConnection(thrown)) drop()
        throw thrown
      } finally {
        reader.waiting--
      }
    },
    async close() {
      await Promise.all(readers.map(async ({ line }) => line?.client.end()))
    },
  }
}

function openLine(line: Line, reader: Reader): OpenLine {
  const opened = { ...line, connected: line.client.connect() }
  // Without a listener, a connection that breaks would end the process. What waits on it is refused by the driver.
  line.client.on('error', () => dropLine(reader, opened))
  return opened
}

function dropLine(reader: Reader, line: OpenLine): void {
  if (reader.line === line) reader.line = undefined
  line.cut()
}
