import { dirname, join } from 'node:path'
import {
  type AuditLog,
  type Clock,
  createSessionManager,
  fileAudit,
  isScannable,
  isSessionError,
  type Logger,
  movingStore,
  SessionError,
  type SessionManager,
  type SessionManagerOptions,
  type Store,
} from 'sojourn'
import { databaseFile } from './describe-storage.js'
import { openGeo } from './geo-database.js'
import { lateAudit } from './late-audit.js'
import { type OpeningStore, openStore } from './open-store.js'
import type { ServiceSettings } from './settings.js'

const LOCAL = 'session_manager.session_storage.local_sessions'
const MOVING_FROM = 'session_manager.session_storage.moving_from'

export interface OpeningSessions {
  readonly clock: Clock
  readonly logger: Logger
  /**
   * A command works beside the service and is over in a moment: it leaves the housekeeping to the service, and makes
   * nothing where nothing is. @default false
   */
  readonly isCommand?: boolean
}

/**
 * Opens sessions as the settings say: store, keys and audit log. What runs sessions in this package opens them here.
 *
 * Throws `STORE_UNAVAILABLE` and `CONFIG_INVALID`; then nothing is left open.
 */
export async function openSessions(settings: ServiceSettings, opening: OpeningSessions): Promise<SessionManager> {
  const { clock, logger, isCommand = false } = opening
  const geo = settings.geo === undefined ? undefined : await openGeo(settings.geo)
  const audit = settings.audit ? await openAudit(settings.dataDir, isCommand) : undefined
  try {
    const store = await openStores(settings, { clock, logger, mayMake: !isCommand })
    try {
      return await createSessionManager({
        ...settings.sessions,
        ...withIssuer(settings),
        ...(isCommand ? { cleanupInterval: 0 } : {}),
        ...keysOf(settings),
        ...(audit === undefined ? {} : { audit }),
        ...(geo === undefined ? {} : { geo }),
        ...(isCommand ? {} : localOf(settings)),
        storage: store,
        logger,
        clock,
      })
    } catch (fault) {
      await store.close()
      throw withKeyPlace(fault, settings)
    }
  } catch (fault) {
    await audit?.close()
    throw fault
  }
}

/** The service issues under its own address, where it has one: so others find its keys (RFC 8414 3). */
function withIssuer({ sessions: { tokenType, jwt }, publicUrl }: ServiceSettings): Pick<SessionManagerOptions, 'jwt'> {
  return publicUrl === undefined || (tokenType !== 'jwt' && jwt === undefined) ? {} : { jwt: { issuer: publicUrl, ...jwt } }
}

/** The store of the settings; while sessions are being moved, the one that is made of both. */
async function openStores(settings: ServiceSettings, opening: OpeningStore): Promise<Store> {
  const to = await openStore(settings, opening)
  if (settings.movingFrom === undefined) return to
  try {
    if (!isScannable(to))
      throw new SessionError('CONFIG_INVALID', `${MOVING_FROM}: Memcached cannot tell what it has, so nothing can be moved there.`, {
        path: MOVING_FROM,
      })
    const from = await openStore({ storage: settings.movingFrom, dataDir: settings.dataDir }, opening)
    if (isScannable(from)) return movingStore(from, to)
    await from.close()
    throw new SessionError('CONFIG_INVALID', `${MOVING_FROM}: this store cannot tell what it has.`, { path: MOVING_FROM })
  } catch (fault) {
    await to.close()
    throw fault
  }
}

/** Where logins go while the store is away. A store that is in this host itself has nothing beside it that would stay. */
function localOf({ localSessions, storage, dataDir }: ServiceSettings): Pick<SessionManagerOptions, 'localSessions' | 'journal'> {
  if (localSessions !== true) return {}
  if (storage.type === 'memory' || storage.type === 'sqlite')
    throw new SessionError('CONFIG_INVALID', `${LOCAL}: ${storage.type} is on this host already; write false or leave it out.`, {
      path: LOCAL,
    })
  return { localSessions: { store: { type: 'sqlite', path: join(dataDir, 'local.db') } }, journal: join(dataDir, 'local.journal') }
}

/** A service that cannot write its audit log says so at the start; a command that has nothing to write makes none. */
async function openAudit(dataDir: string, isCommand: boolean): Promise<AuditLog> {
  const open = (): Promise<AuditLog> => fileAudit({ path: join(dataDir, 'audit.jsonl') })
  return isCommand ? lateAudit(open) : await open()
}

/** Says where the key was taken from that cannot be used, in words of the service. */
function withKeyPlace(fault: unknown, settings: ServiceSettings): unknown {
  if (!isSessionError(fault) || fault.code !== 'CONFIG_INVALID' || fault.path !== 'keys') return fault
  const place = keyFileOf(settings) ?? 'SOJOURN_KEY and SOJOURN_PREVIOUS_KEYS'
  return new SessionError('CONFIG_INVALID', `${fault.message} (The key came from ${place}.)`, { path: 'keys', cause: fault })
}

function keysOf(settings: ServiceSettings): Pick<SessionManagerOptions, 'keys'> {
  if (settings.keys !== undefined) return { keys: settings.keys }
  const file = keyFileOf(settings)
  return file === undefined ? {} : { keys: { file } }
}

/** The file of the master key, if it is kept in one: beside the database, so that both are moved and copied together. */
export function keyFileOf({ storage, dataDir, keys }: Pick<ServiceSettings, 'storage' | 'dataDir' | 'keys'>): string | undefined {
  if (keys !== undefined || storage.type === 'memory') return undefined
  return join(storage.type === 'sqlite' ? dirname(databaseFile(storage, dataDir)) : dataDir, 'keys.json')
}
