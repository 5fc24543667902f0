import type { RedisTarget } from 'sojourn/redis'

export interface MemoryStorage {
  readonly type: 'memory'
  /** The most sessions, ended ones included. @default 1,000,000 */
  readonly maxRows?: number
}

export interface SqliteStorage {
  readonly type: 'sqlite'
  /** @default `sojourn.db` in the data folder */
  readonly path?: string
  readonly prefix?: string
  /** The most bytes that the file may take. @default what the disk holds */
  readonly maxSize?: number
  /** How long a call waits for another process, in milliseconds. @default 5,000 */
  readonly timeout?: number
}

/** What servers on the network have in common. */
interface NetworkStorage {
  readonly prefix?: string
  /** How long a call waits for the server, in milliseconds. @default 1,000 */
  readonly timeout?: number
}

export interface RedisStorage extends NetworkStorage {
  readonly type: 'redis'
  readonly target: Exclude<RedisTarget, { readonly client: unknown }>
  /** How many replicas must acknowledge what has to last. @default 0 */
  readonly replicas?: number
}

export interface PostgresStorage extends NetworkStorage {
  readonly type: 'postgres'
  /** The address of each host; of several, the one that is the primary is used. */
  readonly urls: readonly string[]
  readonly schema?: string
  /** The most connections. @default 10 */
  readonly poolSize?: number
  /** Whether the start makes the tables or refuses if they are missing. @default 'run' */
  readonly migrate?: 'run' | 'check'
  /** How many synchronous standbys each commit must wait for. @default 0 */
  readonly replicas?: number
}

export interface MemcachedStorage extends NetworkStorage {
  readonly type: 'memcached'
  /** `host:port` of each. */
  readonly servers: readonly string[]
  /** Connections to each server. @default 2 */
  readonly connections?: number
}

/** A store on disk or on the network that can be walked over. */
export type ScannableStorage = SqliteStorage | RedisStorage | PostgresStorage

/** Where sessions are kept. */
export type StorageSettings = MemoryStorage | SqliteStorage | RedisStorage | PostgresStorage | MemcachedStorage
