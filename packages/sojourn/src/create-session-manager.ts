import { join } from 'node:path'
import { systemClock } from './clock.js'
import type { SessionManagerOptions } from './config.js'
import { KeyFileError, openKeyFile } from './crypto/key-file.js'
import { deriveKeys, type Keys, MASTER_KEY_BYTES } from './crypto/keys.js'
import { type Random, systemRandom } from './crypto/random.js'
import { activity } from './engine/activity.js'
import type { Engine } from './engine/engine.js'
import { managerOf } from './engine/manager-of.js'
import { turns } from './engine/turns.js'
import { SessionError } from './errors.js'
import { eventBus } from './events/bus.js'
import { silentLogger } from './events/log.js'
import { metrics } from './events/metrics.js'
import { outbox } from './events/outbox.js'
import type { SessionManager } from './manager.js'
import { resolveSettings } from './settings.js'
import type { Store } from './store/store.js'
import { ticketCodec } from './token/ticket.js'

/** The file beside a store's data that keys are kept in when nobody says otherwise. */
const KEY_FILE = 'keys.json'

function invalid(path: string, message: string): SessionError {
  return new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path })
}

function isStore(value: object): value is Store {
  return 'insert' in value && typeof value.insert === 'function'
}

async function openStore(storage: SessionManagerOptions['storage']): Promise<Store> {
  if (storage === undefined) return await (await import('./store/memory.js')).memoryStore()
  if (typeof storage !== 'object' || storage === null) throw invalid('storage', `found ${typeof storage}; it must be a store, or { type: "memory" } or { type: "sqlite", path }.`)
  if (isStore(storage)) return storage
  if (storage.type === 'memory') return await (await import('./store/memory.js')).memoryStore()
  if (storage.type !== 'sqlite') {
    throw invalid('storage.type', `found ${JSON.stringify((storage as { readonly type?: unknown }).type)}; this version opens "memory" and "sqlite", or takes a store object.`)
  }
  if (typeof storage.path !== 'string' || storage.path === '') throw invalid('storage.path', 'it must be the path of the database file.')
  return await (await import('./store/sqlite.js')).sqliteStore({ path: storage.path })
}

async function masterKey(keys: SessionManagerOptions['keys'], store: Store, random: Random): Promise<Uint8Array> {
  if (keys !== undefined && 'master' in keys) return keys.master
  if (keys !== undefined && typeof keys.file !== 'string') throw invalid('keys', 'it must be { master: 32 random bytes } or { file: path }.')
  const file = keys?.file ?? (store.home === undefined ? undefined : join(store.home, KEY_FILE))
  return file === undefined ? random.bytes(MASTER_KEY_BYTES) : await openKeyFile(file, random)
}

async function openKeys(options: SessionManagerOptions, store: Store, random: Random): Promise<Keys> {
  try {
    return deriveKeys(await masterKey(options.keys, store, random), random)
  } catch (cause) {
    if (cause instanceof KeyFileError || cause instanceof RangeError) throw new SessionError('CONFIG_INVALID', `keys: ${cause.message}`, { path: 'keys', cause })
    throw cause
  }
}

/**
 * Starts managing sessions in this process. Without options they are kept in memory and are gone with the process.
 *
 * The manager closes the store and the audit log that it was given when it is closed. Throws `CONFIG_INVALID` with the path
 * of the option for what cannot be meant, and `STORE_UNAVAILABLE` if the store cannot be opened.
 *
 * @example
 * await using sessions = await createSessionManager({ idleTimeout: '30m' })
 * const { token } = await sessions.createSession('alice')
 */
export async function createSessionManager(options: SessionManagerOptions = {}): Promise<SessionManager> {
  const settings = resolveSettings(options)
  const clock = options.clock ?? systemClock
  const logger = options.logger ?? silentLogger
  const random = systemRandom()
  const store = await openStore(options.storage)
  try {
    const keys = await openKeys(options, store, random)
    const parts: Omit<Engine, 'activity'> = {
      store,
      keys,
      tickets: ticketCodec(keys.tag),
      settings,
      clock,
      random,
      events: eventBus(logger),
      audit: outbox(options.audit, clock, logger),
      metrics: metrics(),
      logger,
      opened: new WeakMap(),
      turns: turns(),
    }
    return managerOf(Object.freeze({ ...parts, activity: activity(parts) }))
  } catch (error) {
    await store.close()
    throw error
  }
}
