import { type Clock, isSessionError, type Logger, SessionError, type Store } from 'sojourn'
import type { PostgresStoreOptions } from 'sojourn/postgres'
import { databaseFile, placeOfStorage } from './describe-storage.js'
import type { ServiceSettings } from './settings.js'
import type { MemcachedStorage, MemoryStorage, PostgresStorage, RedisStorage, SqliteStorage } from './storage-settings.js'

export interface OpeningStore {
  readonly clock: Clock
  /** Told what an operator should know about the store. */
  readonly logger: Logger
  /** False if nothing may be made where nothing is: tables that are missing are refused then. @default true */
  readonly mayMake?: boolean
}

/** What a call may wait for a server, in milliseconds, if nobody says. */
const TIMEOUT = 1_000
const POOL_SIZE = 10

/**
 * Opens the store of the settings. Drivers are loaded when they are needed.
 *
 * Throws `STORE_UNAVAILABLE` with the place of the store if it does not answer, `CONFIG_INVALID` if it cannot keep what the
 * settings ask for.
 */
export async function openStore({ storage, dataDir }: Pick<ServiceSettings, 'storage' | 'dataDir'>, opening: OpeningStore): Promise<Store> {
  try {
    switch (storage.type) {
      case 'memory':
        return await openMemory(storage)
      case 'sqlite':
        return await openSqlite(storage, dataDir, opening)
      case 'redis':
        return await openRedis(storage, opening)
      case 'postgres':
        return await openPostgres(storage, opening)
      case 'memcached':
        return await openMemcached(storage, opening)
    }
  } catch (fault) {
    throw atPlace(fault, placeOfStorage(storage, dataDir))
  }
}

async function openMemory({ type: _, ...options }: MemoryStorage): Promise<Store> {
  const { memoryStore } = await import('sojourn/memory')
  return await memoryStore(options)
}

async function openSqlite(storage: SqliteStorage, dataDir: string, { clock }: OpeningStore): Promise<Store> {
  const { type: _, timeout, path: __, ...options } = storage
  const { sqliteStore } = await import('sojourn/sqlite')
  const busy = timeout === undefined ? {} : { busyTimeout: timeout }
  return await sqliteStore({ ...options, ...busy, path: databaseFile(storage, dataDir), clock })
}

async function openRedis({ type: _, target, ...options }: RedisStorage, { clock, logger }: OpeningStore): Promise<Store> {
  const { redisStore } = await import('sojourn/redis')
  const copies = options.timeout === undefined ? {} : { waitTimeout: options.timeout }
  return await redisStore({ ...target, ...options, ...copies, clock, logger })
}

async function openPostgres(
  { type: _, urls, ...options }: PostgresStorage,
  { clock, logger, mayMake = true }: OpeningStore,
): Promise<Store> {
  const { postgresStore } = await import('sojourn/postgres')
  const shared: PostgresStoreOptions = { ...options, ...(mayMake ? {} : { migrate: 'check' }), clock }
  const [url, another] = urls
  if (url !== undefined && another === undefined) return await postgresStore({ ...shared, url })
  const { postgresHosts } = await import('./postgres-hosts.js')
  const { poolSize = POOL_SIZE, timeout = TIMEOUT } = options
  const { poolSize: __, ...rest } = shared
  const hosts = postgresHosts({ urls, poolSize, timeout, logger })
  try {
    const store = await postgresStore({ ...rest, pool: hosts })
    return Object.freeze<Store>({
      ...store,
      async close() {
        await store.close()
        await hosts.close()
      },
    })
  } catch (fault) {
    await hosts.close()
    throw fault
  }
}

async function openMemcached({ type: _, ...options }: MemcachedStorage, { clock, logger }: OpeningStore): Promise<Store> {
  const { memcachedStore } = await import('sojourn/memcached')
  return await memcachedStore({ ...options, clock, logger })
}

/** Says where the store is that cannot be opened. The message of a store names no place, and its cause tells what happened. */
function atPlace(fault: unknown, place: string): unknown {
  if (!isSessionError(fault)) return fault
  if (fault.code === 'STORE_UNAVAILABLE') {
    const why = fault.cause instanceof Error ? ` (${fault.cause.message.replace(/\.$/, '')})` : ''
    const message = `The session store cannot be reached: ${place}${why}. Start it, or mend session_manager.session_storage.`
    return new SessionError('STORE_UNAVAILABLE', message, { retryAfter: 1, cause: fault.cause })
  }
  if (fault.code !== 'CONFIG_INVALID') return fault
  const message = `The session store cannot be used: ${place}: ${fault.message}`
  return new SessionError('CONFIG_INVALID', message, { path: 'session_manager.session_storage', cause: fault })
}
