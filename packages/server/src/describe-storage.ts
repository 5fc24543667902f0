import { join } from 'node:path'
import type { RedisStorage, StorageSettings } from './storage-settings.js'

/** What may be said about a store to anybody. */
export interface StorageDescription {
  readonly type: StorageSettings['type']
  /** How it is set up: `process`, `file`, `single`, `sentinel`, `cluster`, `failover` (one of several hosts), `sharded`. */
  readonly mode: string
  /** How many copies of a change there are when it is called durable. */
  readonly copies: number
}

export function describeStorage(storage: StorageSettings): StorageDescription {
  switch (storage.type) {
    case 'memory':
      return { type: 'memory', mode: 'process', copies: 1 }
    case 'sqlite':
      return { type: 'sqlite', mode: 'file', copies: 1 }
    case 'redis':
      return { type: 'redis', mode: redisMode(storage), copies: 1 + (storage.replicas ?? 0) }
    case 'postgres':
      return { type: 'postgres', mode: storage.urls.length > 1 ? 'failover' : 'single', copies: 1 + (storage.replicas ?? 0) }
    case 'memcached':
      return { type: 'memcached', mode: storage.servers.length > 1 ? 'sharded' : 'single', copies: 1 }
  }
}

function redisMode({ target }: RedisStorage): string {
  if ('sentinel' in target) return 'sentinel'
  return 'cluster' in target ? 'cluster' : 'single'
}

/** Where the store is, for the people who run it: hosts and ports, or a file, and never a user or a password. */
export function placeOfStorage(storage: StorageSettings, dataDir: string): string {
  switch (storage.type) {
    case 'memory':
      return 'in memory: they end with this process'
    case 'sqlite':
      return databaseFile(storage, dataDir)
    case 'redis':
      return `Redis at ${redisPlace(storage)}`
    case 'postgres':
      return `Postgres at ${storage.urls.map(hostIn).join(', ')}`
    case 'memcached':
      return `Memcached at ${storage.servers.join(', ')}`
  }
}

function redisPlace({ target }: RedisStorage): string {
  if ('url' in target) return hostIn(target.url)
  if ('cluster' in target) return `${target.cluster.map(hostIn).join(', ')} (cluster)`
  return `${target.sentinel.nodes.map(hostIn).join(', ')} (sentinels of ${target.sentinel.name})`
}

/** The part of an address that is no secret. */
function hostIn(address: string): string {
  return URL.canParse(address) && address.includes('://') ? new URL(address).host : address
}

/** The file of a SQLite store. */
export function databaseFile({ path }: { readonly path?: string }, dataDir: string): string {
  return path ?? join(dataDir, 'sojourn.db')
}
