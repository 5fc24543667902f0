import type { SessionManagerOptions, StorageOptions } from './config.js'
import { SessionError } from './errors.js'
import type { Store } from './store/store.js'

/** A description whose parts have not been looked at yet. */
type Parts = Readonly<Record<string, unknown>>

function invalid(path: string, message: string): SessionError {
  return new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path })
}

function textIn(parts: Parts, ...names: readonly string[]): string {
  const given = names.filter((name) => parts[name] !== undefined)
  const value = given[0] === undefined ? undefined : parts[given[0]]
  if (given.length !== 1 || typeof value !== 'string' || value === '')
    throw invalid(`storage.${names[0]}`, `exactly one text is needed: ${names.join(' or ')}.`)
  return value
}

/** How many copies beside the first one must hold a change: `replication` counts them all, `true` means one more. */
function replicasIn({ replication }: Parts): { readonly replicas?: number } {
  if (replication === undefined || replication === false) return {}
  if (replication === true) return { replicas: 1 }
  if (typeof replication === 'number' && Number.isInteger(replication) && replication >= 1 && replication <= 16)
    return { replicas: replication - 1 }
  throw invalid('storage.replication', 'it must be true, false, or the number of copies of each session, 1 to 16.')
}

function oneCopy(parts: Parts): void {
  if ((replicasIn(parts).replicas ?? 0) > 0)
    throw invalid('storage.replication', `${String(parts['type'])} keeps one copy. Use redis or database for more.`)
}

function noSize({ maxSize }: Parts): void {
  if (maxSize !== undefined) throw invalid('storage.maxSize', 'the size of this store is set in its own server; leave it out.')
}

function sizeIn({ maxSize }: Parts): number | undefined {
  if (maxSize === undefined || (typeof maxSize === 'number' && Number.isInteger(maxSize) && maxSize > 0)) return maxSize
  throw invalid('storage.maxSize', 'it must be a whole number: of sessions in memory, of bytes in a file.')
}

const prefixIn = ({ prefix }: Parts): { readonly prefix?: string } => (prefix === undefined ? {} : { prefix: String(prefix) })

// Drivers are loaded when they are asked for: who keeps sessions in memory loads none.
const OPEN: Readonly<Record<string, (parts: Parts) => Promise<Store>>> = Object.freeze({
  async memory(parts: Parts): Promise<Store> {
    oneCopy(parts)
    const maxRows = sizeIn(parts)
    return await (await import('./store/memory.js')).memoryStore(maxRows === undefined ? {} : { maxRows })
  },
  async sqlite(parts: Parts): Promise<Store> {
    oneCopy(parts)
    const maxSize = sizeIn(parts)
    const path = textIn(parts, 'path', 'connectionString').replace(/^sqlite:(?:\/\/)?/, '')
    return await (await import('./store/sqlite.js')).sqliteStore({
      path,
      ...prefixIn(parts),
      ...(maxSize === undefined ? {} : { maxSize }),
    })
  },
  async postgres(parts: Parts): Promise<Store> {
    noSize(parts)
    const url = textIn(parts, 'url', 'connectionString')
    return await (await import('./store/postgres.js')).postgresStore({ url, ...prefixIn(parts), ...replicasIn(parts) })
  },
  async redis(parts: Parts): Promise<Store> {
    noSize(parts)
    const url = textIn(parts, 'url', 'connectionString')
    return await (await import('./store/redis.js')).redisStore({ url, ...prefixIn(parts), ...replicasIn(parts) })
  },
  async memcached(parts: Parts): Promise<Store> {
    oneCopy(parts)
    noSize(parts)
    const servers = textIn(parts, 'servers', 'connectionString')
      .replace(/^memcached:\/\//, '')
      .split(',')
    return await (await import('./store/memcached.js')).memcachedStore({ servers, ...prefixIn(parts) })
  },
  database: (parts: Parts): Promise<Store> =>
    open(String(parts['connectionString'] ?? '').startsWith('sqlite:') ? 'sqlite' : 'postgres', parts),
})

const PARTS = ['type', 'path', 'url', 'connectionString', 'servers', 'prefix', 'replication', 'ttl', 'maxSize']

function open(type: string, parts: Parts): Promise<Store> {
  const opener = OPEN[type]
  if (opener === undefined || !Object.hasOwn(OPEN, type))
    throw invalid('storage.type', `found ${JSON.stringify(type)}; known are ${Object.keys(OPEN).join(', ')}, or give a store object.`)
  return opener(parts)
}

function isStore(value: object): value is Store {
  return 'insert' in value && typeof value.insert === 'function'
}

/** Opens the store of a description, or takes a ready one. Nothing: a store in memory. */
export async function openStore(storage: SessionManagerOptions['storage']): Promise<Store> {
  if (storage === undefined) return await open('memory', { type: 'memory' })
  if (typeof storage !== 'object' || storage === null)
    throw invalid('storage', 'it must be a store, or a description such as { type: "sqlite", path }.')
  if (isStore(storage)) return storage
  const parts: Parts = { ...(storage satisfies StorageOptions) }
  for (const name of Object.keys(parts)) {
    if (!PARTS.includes(name)) throw invalid(`storage.${name}`, `there is no such option; known are ${PARTS.join(', ')}.`)
  }
  return await open(String(parts['type']), parts)
}
