import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isScannable, isSessionError, type Logger } from 'sojourn'
import { databaseFile, placeOfStorage } from '../../describe-storage.js'
import { keyFileOf } from '../../open-sessions.js'
import { type OpeningStore, openStore } from '../../open-store.js'
import type { ServiceSettings } from '../../settings.js'
import type { SqliteStorage } from '../../storage-settings.js'
import type { Io } from '../io.js'
import { openDirect } from '../open-direct.js'
import { shown } from '../text.js'
import { type Finding, fail, ok, warn } from './check.js'
import { checkPostgres } from './postgres.js'
import { checkRedis } from './redis.js'

const NAME = 'store'

/** The row that is written and taken away again lasts no longer, should the process die between the two. */
const PROBE_LIFE = 60_000

const END_OF_TIME = 8.64e15

/** Whether the store can be opened with its keys, read and written, and what bites with this kind. Makes none where there is none. */
export async function checkStore(io: Io, settings: ServiceSettings): Promise<Finding[]> {
  const { storage, dataDir } = settings
  if (storage.type === 'memory') return [ok(NAME, 'in the memory of the service: all sessions end with it')]
  const early = storage.type === 'sqlite' ? await checkFile(storage, dataDir) : undefined
  if (early !== undefined) return [early]
  const findings = await examine(io, settings)
  if (storage.type === 'redis') findings.push(...(await checkRedis(storage, io.clock)))
  if (storage.type === 'postgres') findings.push(...(await checkPostgres(storage, io.clock)))
  if (storage.type === 'memcached') findings.push(MEMCACHED)
  return findings
}

const MEMCACHED = warn(
  'memcached',
  'a restart logs everybody out; sessions of all users cannot be listed, and keys cannot be rotated',
  'Take redis or postgres where that matters.',
)

/** What is to be said about a database file before it is opened. */
async function checkFile(storage: SqliteStorage, dataDir: string): Promise<Finding | undefined> {
  const path = databaseFile(storage, dataDir)
  if (!(await canAccess(path, constants.F_OK))) return ok(NAME, `${shown(path)} is not there yet; the first start makes it`)
  if ((await canAccess(path, constants.R_OK | constants.W_OK)) && (await canAccess(dirname(path), constants.W_OK))) return undefined
  return fail(NAME, `${shown(path)} cannot be written by this user`, 'Run the service and this command as the owner of the data folder.')
}

async function examine(io: Io, settings: ServiceSettings): Promise<Finding[]> {
  const warnings: Finding[] = []
  const logger: Logger = {
    info: () => undefined,
    warn: (_, message) => void warnings.push(warn(NAME, message, 'See what the documentation of the store says about it.')),
    error: () => undefined,
  }
  const place = shown(placeOfStorage(settings.storage, settings.dataDir))
  try {
    const isUsed = await holdsRows(settings, { clock: io.clock, logger, mayMake: false })
    const key = await checkMasterKey(settings, isUsed)
    if (key.state === 'fail') return [key, ...warnings]
    if (isUsed) await read(io, settings)
    await write(io, settings)
    return [ok(NAME, `${place} can be read and written`), key, ...warnings]
  } catch (fault) {
    return [...warnings, unusable(fault, settings, place)]
  }
}

function unusable(fault: unknown, { storage }: ServiceSettings, place: string): Finding {
  if (
    storage.type === 'postgres' &&
    storage.migrate !== 'check' &&
    isSessionError(fault) &&
    isSessionError(fault.cause) &&
    fault.cause.path === 'migrate'
  )
    return ok(NAME, `${place} has no tables yet; the first start makes them`)
  const found = shown(isSessionError(fault) ? reasonOf(fault) : 'it cannot be opened')
  const advice =
    storage.type === 'sqlite'
      ? 'See whether the disk is full or broken, and whether another program holds the file.'
      : 'See whether the server runs, and whether address, user and password are right.'
  return fail(
    NAME,
    found,
    isSessionError(fault) && fault.code === 'CONFIG_INVALID' ? 'Do what it says: the service would not start.' : advice,
  )
}

/** Whether there are records that only the right key opens. A store that cannot be walked over keeps them in memory alone. */
async function holdsRows(settings: ServiceSettings, opening: OpeningStore): Promise<boolean> {
  const store = await openStore(settings, opening)
  try {
    return isScannable(store) && (await store.scan({ from: 0, to: END_OF_TIME + 1, limit: 1 })).rows.length > 0
  } finally {
    await store.close()
  }
}

async function checkMasterKey(settings: ServiceSettings, isNeeded: boolean): Promise<Finding> {
  const name = 'master key'
  const file = keyFileOf(settings)
  if (file === undefined) return ok(name, 'from SOJOURN_KEY')
  if (await canAccess(file, constants.F_OK)) return ok(name, shown(file))
  if (!isNeeded) return ok(name, 'not there yet; the first start makes it')
  return fail(
    name,
    `${shown(file)} is missing, and there are sessions`,
    'Restore it from a backup, copy it from another host, or set SOJOURN_KEY: without it no stored session can be opened, and all users have to log in again.',
  )
}

async function read(io: Io, settings: ServiceSettings): Promise<void> {
  const sessions = await openDirect(io, { ...settings, sessions: {}, audit: false })
  try {
    await sessions.ping()
  } finally {
    await sessions.close()
  }
}

async function write(io: Io, settings: ServiceSettings): Promise<void> {
  const logger: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const store = await openStore(settings, { clock: io.clock, logger, mayMake: false })
  try {
    const now = io.clock.now()
    const id = `aadoctor-${process.pid}-${now}`
    await store.insert({ id, owner: null, version: 1, createdAt: now, expiresAt: now + PROBE_LIFE, data: new Uint8Array(1) })
    await store.remove(id)
  } finally {
    await store.close()
  }
}

function reasonOf(fault: Error): string {
  const { cause } = fault
  return cause instanceof Error && !fault.message.includes(cause.message.replace(/\.$/, ''))
    ? `${fault.message} (${cause.message})`
    : fault.message
}

async function canAccess(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode)
    return true
  } catch {
    // Which of the ways it fails does not matter: the question is whether it can be used.
    return false
  }
}
