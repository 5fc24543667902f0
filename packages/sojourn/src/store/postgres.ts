import { type Clock, type Millis, systemClock } from '../clock.js'
import { isSessionError, SessionError, storeUnavailable } from '../errors.js'
import { copyRow } from './copy-row.js'
import { type Connections, givenConnections, ownConnections, READERS } from './postgres/connections.js'
import type { PostgresClient, PostgresPool, PostgresQuery } from './postgres/driver.js'
import { faultOf, PostgresFault, standbyFault } from './postgres/fault.js'
import type { LosesLogouts } from './postgres/lose-logouts-when-the-server-crashes.js'
import { migratePostgres } from './postgres/migrate.js'
import { postgresMigrations } from './postgres/migrations.js'
import { type PostgresNames, postgresNames } from './postgres/names.js'
import { toRow } from './postgres/row.js'
import { checkRights, checkServer, serverFacts } from './postgres/server.js'
import { settleCommits } from './postgres/settle-commits.js'
import { standbyWatch } from './postgres/standby-watch.js'
import { postgresStatements } from './postgres/statements.js'
import { scanPage, scanPlace } from './scan-cursor.js'
import type { ReplicatedStore, Row, ScannableStore } from './store.js'

export type { PostgresClient, PostgresNotice, PostgresPool, PostgresQuery, PostgresResult } from './postgres/driver.js'
export { type LosesLogouts, loseLogoutsWhenTheServerCrashes } from './postgres/lose-logouts-when-the-server-crashes.js'
export { type PostgresMigration, postgresMigrations } from './postgres/migrations.js'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, of the primary. Needs the package `pg`. One of `url` and `pool` is given. */
  readonly url?: string
  /** A `pg.Pool`, or what works like one. It stays the caller's: the store never ends it. */
  readonly pool?: PostgresPool
  /** Begins the names of tables and functions, so that several applications can share a schema: `a-z`, `0-9` and `_`. @default '' */
  readonly prefix?: string
  /** The schema in which they stand, of the same characters; made if it is missing. @default 'public' */
  readonly schema?: string
  /** How long a verb may take before it throws `STORE_UNAVAILABLE`, the wait for a connection included. @default 1,000 */
  readonly timeout?: Millis
  /** The most connections, with `url`: 3 to 1,000. Two of them are for reads alone. @default 10 */
  readonly poolSize?: number
  /** Whether the start makes what is missing of the schema, or refuses if anything is. @default 'run' */
  readonly migrate?: 'run' | 'check'
  /** How many synchronous standbys each commit must wait for; the start is refused if the server is not set so. @default 0 */
  readonly replicas?: number
  /** Whether statements get names, which saves the server work. Not behind a pooler that hands connections on after each transaction. @default false */
  readonly prepare?: boolean
  /** `loseLogoutsWhenTheServerCrashes()`: works on a server whose `fsync` is off. @default refused */
  readonly unsafe?: LosesLogouts
  /** @default the clock of this machine */
  readonly clock?: Clock
}

/** Far above what a query takes, and as long as the page that waits for it can be kept waiting. */
const TIMEOUT: Millis = 1_000

/** With eight writers, commits share their flushes to the disk; a server has 100 connections by default, for all its clients. */
const POOL_SIZE = 10

/** Connecting, finding the version, and waiting for another process that is making the schema. */
const START_LIMIT: Millis = 60_000

/** The server stops waiting for a lock a little before we stop waiting for it, so that its answer still comes. */
const PATIENCE = 0.8

/** More than this can only wait for a server that has stopped answering: refuse at once instead of filling the memory. */
const MOST_UNDER_WAY = 16_384

/**
 * A store in Postgres 13 or later, which any number of processes can share. Works on the primary only and behind PgBouncer
 * in any mode. Each verb is one round trip, and a write is answered when it is on the disk and on the synchronous standbys,
 * whatever `synchronous_commit` the role or the database have.
 *
 * Throws `CONFIG_INVALID` for options, servers and schemas it cannot use, `STORE_UNAVAILABLE` for whatever the server or
 * the way to it refuses; whether a write that was refused so was done is then unknown.
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<ScannableStore & ReplicatedStore> {
  checkOptions(options)
  const { timeout = TIMEOUT, prefix = '', schema = 'public', prepare = false, replicas = 0 } = options
  const names = postgresNames(prefix, schema)
  const connections = await start(options, names)
  const statements = postgresStatements(names, prepare, Math.ceil(timeout * PATIENCE))
  let underWay = 0
  let closing: Promise<void> | undefined
  let onIdle = (): void => undefined

  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    if (closing) throw storeUnavailable(new PostgresFault('CLOSED', 'the Postgres store is closed'))
    if (underWay >= MOST_UNDER_WAY) throw storeUnavailable(new PostgresFault('BUSY', `${MOST_UNDER_WAY} verbs are under way`))
    underWay++
    try {
      return await question()
    } catch (thrown) {
      throw isSessionError(thrown) ? thrown : storeUnavailable(faultOf(thrown))
    } finally {
      underWay--
      if (underWay === 0) onIdle()
    }
  }
  // A pool that is being ended does not serve those who wait for a connection, so they come first.
  const idle = (): Promise<void> =>
    new Promise((resolve) => {
      onIdle = resolve
      if (underWay === 0) resolve()
    })
  const readRecords = async (query: PostgresQuery): Promise<readonly (readonly unknown[])[]> => {
    const { rows } = await connections.read(query, timeout)
    if (rows[0]?.[0] !== false) throw standbyFault()
    return rows.map((record) => record.slice(1))
  }
  const read = (query: PostgresQuery): Promise<Row[]> =>
    ask(async () => (await readRecords(query)).filter(([id]) => id !== null).map(toRow))

  const committing = standbyWatch(connections.alone, async () => Number((await readRecords(statements.waiting()))[0]?.[0]))
  const write = (query: PostgresQuery): Promise<readonly unknown[] | undefined> =>
    ask(async () => (await committing((client) => client.query(query), timeout)).rows[0])

  return Object.freeze<ScannableStore & ReplicatedStore>({
    // Copied now: the bytes are sent later, and what the caller does to its array until then must change nothing.
    insert: async (row) => Number((await write(statements.insert(copyRow(row))))?.[0]),
    get: async (id) => (await read(statements.get(id)))[0],
    replace: async (row) => (await write(statements.replace(copyRow(row))))?.[0] === true,
    async remove(id, version) {
      const record = await write(statements.remove(id, version))
      return record && toRow(record)
    },
    list: (owner) => read(statements.list(owner)),
    async scan(range) {
      const place = scanPlace(range)
      const isFirst = place === undefined || place.expiresAt < range.from
      return scanPage(await read(isFirst ? statements.scan(range) : statements.scanOn(range, place)), range.limit)
    },
    settle: () => ask(() => settleCommits(replicas > 0 ? committing : connections.alone, replicas, timeout)),
    close() {
      closing ??= idle().then(() => connections.close())
      return closing
    },
  })
}

async function start(options: PostgresStoreOptions, names: PostgresNames): Promise<Connections> {
  const { url, pool, poolSize = POOL_SIZE, timeout = TIMEOUT, clock = systemClock } = options
  let connections: Connections | undefined
  try {
    const opened = pool ? givenConnections(pool, clock) : await ownConnections({ url: url ?? '', poolSize, timeout, clock })
    connections = opened
    await opened.alone((client) => prepareDatabase(client, options, names), START_LIMIT)
    return opened
  } catch (thrown) {
    await connections?.close()
    if (isSessionError(thrown)) throw thrown
    const fault = faultOf(thrown)
    throw new SessionError('STORE_UNAVAILABLE', `The Postgres store could not be opened: ${fault.message}.`, {
      retryAfter: 1,
      cause: fault,
    })
  }
}

async function prepareDatabase(client: PostgresClient, options: PostgresStoreOptions, names: PostgresNames): Promise<void> {
  const { prefix, schema, migrate = 'run', replicas = 0, unsafe } = options
  checkServer(await serverFacts(client), { replicas, allowsLoss: unsafe !== undefined })
  await migratePostgres(client, { names, migrations: postgresMigrations(prefix, schema), mode: migrate })
  await checkRights(client, names)
}

function checkOptions({ url, pool, timeout, poolSize, migrate, replicas, unsafe }: PostgresStoreOptions): void {
  const refuse = (path: string, message: string): never => {
    throw new SessionError('CONFIG_INVALID', message, { path })
  }
  const isWhole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most
  if ((url === undefined) === (pool === undefined)) refuse('url', 'The Postgres store takes either a url or a pool.')
  // Without the value: it has a password in it.
  if (url !== undefined && !isPostgresUrl(url)) refuse('url', 'url is `postgres://user:password@host:port/database`.')
  if (pool !== undefined && typeof pool.connect !== 'function') refuse('pool', 'pool is a pg.Pool, or has its method connect.')
  if (timeout !== undefined && !isWhole(timeout, 1, MAX_TIMEOUT)) refuse('timeout', `timeout is 1 to ${MAX_TIMEOUT} milliseconds.`)
  if (poolSize !== undefined && !isWhole(poolSize, READERS + 1, 1_000))
    refuse('poolSize', `poolSize is ${READERS + 1} to 1,000 connections.`)
  if (migrate !== undefined && migrate !== 'run' && migrate !== 'check') refuse('migrate', "migrate is 'run' or 'check'.")
  if (replicas !== undefined && !isWhole(replicas, 0, 1_000)) refuse('replicas', 'replicas is a number of synchronous standbys, 0 or more.')
  if (unsafe !== undefined && unsafe.consent === undefined) refuse('unsafe', 'unsafe is what loseLogoutsWhenTheServerCrashes() answers.')
}

/** A timer of Node, and a setting of the server, holds no more. */
const MAX_TIMEOUT = 2_147_483_647

const isPostgresUrl = (url: unknown): boolean => typeof url === 'string' && /^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)
