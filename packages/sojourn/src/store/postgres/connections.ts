import { Socket } from 'node:net'
import type { Clock, Millis } from '../../clock.js'
import { loadPostgres, type PostgresDriver, type PostgresPool } from './driver.js'
import { exclusive, type OnConnection } from './exclusive.js'
import { faultOf } from './fault.js'
import { type Line, pipelinedReaders } from './readers.js'
import { within } from './within.js'

/** The ways to the server. */
export interface Connections {
  /** On a connection that nobody else uses meanwhile. */
  readonly alone: OnConnection
  /** On a connection that other reads may share: for a single query that waits neither for locks nor for the disk. */
  readonly read: OnConnection
  /** Closes what we opened ourselves, after the queries under way have ended. */
  close(): Promise<void>
}

/** The caller's pool: each query has a connection of its own, and closing is the caller's. */
export function givenConnections(pool: PostgresPool, clock: Clock): Connections {
  const alone = exclusive(pool, clock)
  return { alone, read: alone, close: () => Promise.resolve() }
}

export interface OwnConnectionsOptions {
  readonly url: string
  readonly poolSize: number
  readonly timeout: Millis
  /** How long the server may work at a statement. */
  readonly patience: Millis
  readonly clock: Clock
}

/**
 * Reads of a session are short and many: two connections on which they are sent one behind the other answer more of them
 * than ten that wait for each, at two thirds of the work on this side. The others are for writes, one at a time each,
 * because a commit waits for the disk and an insertion for its owner's lock.
 */
export const READERS = 2

/** Connections that we make, and close, ourselves. */
export async function ownConnections(options: OwnConnectionsOptions): Promise<Connections> {
  const { poolSize, timeout, clock } = options
  const { Pool, Client } = await loadPostgres()
  const sockets = openSockets()
  const { settings, pipelines } = await probe(Client, options, sockets.open)

  const openLine = (): Line => {
    let socket: Socket | undefined
    const stream = (): Socket => {
      socket = sockets.open()
      return socket
    }
    return { client: new Client({ ...settings, stream, pipeline: true }), cut: () => socket?.destroy() }
  }
  const pool = new Pool({ ...settings, stream: sockets.open, max: pipelines ? poolSize - READERS : poolSize })
  // The pool has dropped the idle connection that broke, and whoever needs one gets a new one.
  pool.on('error', () => undefined)
  const alone = exclusive(pool, clock)
  const readers = pipelines ? pipelinedReaders(openLine, READERS, clock) : undefined

  return {
    alone,
    read: readers?.read ?? alone,
    async close() {
      const farewell = async (): Promise<void> => {
        await Promise.all([pool.end(), readers?.close()])
      }
      try {
        await within(clock, timeout, farewell, sockets.cut)
      } catch {
        // A server that does not say goodbye is left without: nothing can be lost on these connections any more.
        sockets.cut()
      }
    },
  }
}

/** Sockets that can be cut together, whatever the driver waits for on them. */
function openSockets(): { readonly open: () => Socket; readonly cut: () => void } {
  const sockets = new Set<Socket>()
  return {
    open() {
      const socket = new Socket()
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    },
    cut() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

interface Probed {
  readonly settings: Readonly<Record<string, unknown>>
  readonly pipelines: boolean
}

/**
 * Connects once, and so finds out whether the server can be told to give up by itself: a pooler in between refuses a
 * setting in the greeting, and then only the waits for locks are bounded there.
 */
async function probe(Client: PostgresDriver['Client'], options: OwnConnectionsOptions, stream: () => Socket): Promise<Probed> {
  const { url, timeout, patience } = options
  const settings = { connectionString: url, connectionTimeoutMillis: timeout, keepAlive: true, fallback_application_name: 'sojourn' }
  const limited = { ...settings, statement_timeout: patience }
  const client = new Client({ ...limited, stream, pipeline: true })
  const pipelines = client.pipeline === true
  // Without a listener, a connection that breaks would end the process; the rejection below tells the same.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return { settings: limited, pipelines }
  } catch (thrown) {
    if (faultOf(thrown).code === PROTOCOL_VIOLATION) return { settings, pipelines }
    throw thrown
  } finally {
    await client.end()
  }
}

/** How PgBouncer answers a setting in the greeting that it does not pass on. */
const PROTOCOL_VIOLATION = '08P01'
