import { Socket } from 'node:net'
import type { Clock, Millis } from '../../clock.js'
import { loadPostgres, type PostgresClient, type PostgresDriver, type PostgresPool } from './driver.js'
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
  /** Whether there is one to spare for listening. */
  readonly canListen: boolean
  /** A connection that stays with whoever asked for it. */
  keep(): Promise<KeptConnection>
  /** Closes what we opened ourselves, after the queries under way have ended. */
  close(): Promise<void>
}

/** A connection of one user. It does not come back when it is lost. */
export interface KeptConnection {
  readonly client: Pick<PostgresClient, 'query' | 'on'>
  /** Ends it in good order. */
  close(): void
  /** Ends it without a word, whatever it waits for. */
  cut(): void
}

/** One connection of a pool is kept for listening; in a smaller pool it would be missed elsewhere. */
const LEAST_TO_LISTEN = 3

/** The caller's pool: each query has a connection of its own, and closing is the caller's. */
export function givenConnections(pool: PostgresPool, clock: Clock): Connections {
  const alone = exclusive(pool, clock)
  const keep = async (): Promise<KeptConnection> => {
    const client = await pool.connect()
    let isOver = false
    const close = (): void => {
      if (!isOver) client.release(true)
      isOver = true
    }
    return { client, close, cut: close }
  }
  const canListen = (pool.options?.max ?? LEAST_TO_LISTEN) >= LEAST_TO_LISTEN
  return { alone, read: alone, canListen, keep, close: () => Promise.resolve() }
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
  const keep = async (): Promise<KeptConnection> => {
    const socket = sockets.open()
    const client = new Client({ ...settings, stream: () => socket })
    const cut = (): void => void socket.destroy()
    // Without a listener, a connection that breaks would end the process. Who uses it listens as well.
    client.on('error', cut)
    await within(clock, timeout, () => client.connect(), cut)
    const close = (): void => {
      // A goodbye that does not get through ends with the socket, at the latest when everything here is closed.
      client.end().catch(cut)
    }
    return { client, close, cut }
  }
  const readers = pipelines ? pipelinedReaders(openLine, READERS, clock) : undefined

  return {
    alone,
    read: readers?.read ?? alone,
    canListen: true,
    keep,
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
