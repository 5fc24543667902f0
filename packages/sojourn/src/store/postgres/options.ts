import { type Clock, type Millis, systemClock } from '../../clock.js'
import { SessionError } from '../../errors.js'
import { READERS } from './connections.js'
import type { PostgresPool } from './driver.js'
import type { LosesLogouts } from './lose-logouts-when-the-server-crashes.js'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, of the primary. Needs the package `pg`. One of `url` and `pool` is given. */
  readonly url?: string
  /**
   * A `pg.Pool`, or what works like one. It stays the caller's: the store never ends it. One of its connections is kept to hear
   * what other processes change; a pool of fewer than three has none to spare, and then every validation reads the server.
   */
  readonly pool?: PostgresPool
  /** Begins the names of tables and functions, so that several applications can share a schema: `a-z`, `0-9` and `_`. @default '' */
  readonly prefix?: string
  /** The schema in which they stand, of the same characters; made if it is missing. @default 'public' */
  readonly schema?: string
  /** How long a verb may take before it throws `STORE_UNAVAILABLE`, the wait for a connection included. @default 1,000 */
  readonly timeout?: Millis
  /** The most connections, with `url`: 3 to 1,000. Two of them are for reads alone. One more hears what others change. @default 10 */
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

/** The options with everything in its place that was left out. */
export interface PostgresSettings extends Required<Omit<PostgresStoreOptions, 'url' | 'pool' | 'unsafe'>> {
  /** Either the address of the server or the caller's pool. */
  readonly source: string | PostgresPool
  /** How long the server may work at a statement. */
  readonly patience: Millis
  readonly allowsLoss: boolean
}

const DEFAULTS: Readonly<Pick<PostgresSettings, 'prefix' | 'schema' | 'timeout' | 'poolSize' | 'migrate' | 'replicas' | 'prepare'>> =
  Object.freeze({
    prefix: '',
    schema: 'public',
    // Far above what a query takes, and as long as the page that waits for it can be kept waiting.
    timeout: 1_000,
    // With eight writers, commits share their flushes to the disk; a server has 100 connections by default, for all its clients.
    poolSize: 10,
    migrate: 'run',
    replicas: 0,
    prepare: false,
  })

/** The server gives up a little before we stop waiting for it, so that its answer still comes and the connection lives on. */
const PATIENCE = 0.8

/** A timer of Node, and a setting of the server, holds no more. */
const MAX_TIMEOUT = 2_147_483_647

/** Throws `CONFIG_INVALID`, with the name of the field, for values that cannot be meant. Names are checked where they are made. */
export function postgresSettings(options: PostgresStoreOptions): PostgresSettings {
  const { url, pool, unsafe, clock = systemClock } = options
  const { prefix = DEFAULTS.prefix, schema = DEFAULTS.schema, timeout = DEFAULTS.timeout, poolSize = DEFAULTS.poolSize } = options
  const { migrate = DEFAULTS.migrate, replicas = DEFAULTS.replicas, prepare = DEFAULTS.prepare } = options
  const source = url ?? pool
  if (source === undefined || (url !== undefined && pool !== undefined)) throw refusal('url', 'The Postgres store takes a url or a pool.')
  // Without the value: it has a password in it.
  if (url !== undefined && !isPostgresUrl(url)) throw refusal('url', 'url is `postgres://user:password@host:port/database`.')
  if (pool !== undefined && typeof pool.connect !== 'function') throw refusal('pool', 'pool is a pg.Pool, or has its method connect.')
  if (!isWhole(timeout, 1, MAX_TIMEOUT)) throw refusal('timeout', `timeout is 1 to ${MAX_TIMEOUT} milliseconds.`)
  if (!isWhole(poolSize, READERS + 1, 1_000)) throw refusal('poolSize', `poolSize is ${READERS + 1} to 1,000 connections.`)
  if (migrate !== 'run' && migrate !== 'check') throw refusal('migrate', "migrate is 'run' or 'check'.")
  if (!isWhole(replicas, 0, 1_000)) throw refusal('replicas', 'replicas is a number of synchronous standbys, 0 or more.')
  if (typeof prepare !== 'boolean') throw refusal('prepare', 'prepare is true or false.')
  if (unsafe !== undefined && unsafe.consent === undefined)
    throw refusal('unsafe', 'unsafe is what loseLogoutsWhenTheServerCrashes() answers.')
  const patience = Math.ceil(timeout * PATIENCE)
  return { source, patience, prefix, schema, timeout, poolSize, migrate, replicas, prepare, clock, allowsLoss: unsafe !== undefined }
}

const refusal = (path: string, message: string): SessionError => new SessionError('CONFIG_INVALID', message, { path })

const isWhole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most

const isPostgresUrl = (url: unknown): boolean => typeof url === 'string' && /^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)
