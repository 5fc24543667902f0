import { isScannable, type Logger, type ScannableStore } from 'sojourn'
import { loadConfig } from '../config/load.js'
import { databaseFile, placeOfStorage } from '../describe-storage.js'
import { openStore } from '../open-store.js'
import type { StorageSettings } from '../storage-settings.js'
import { CommandError, EXIT } from './exit.js'
import type { GlobalOptions, Io } from './io.js'
import { isThere } from './is-there.js'
import { sourcesOf } from './sources.js'
import { shown } from './text.js'

/** What `--from` and `--to` take, for the help. */
export const STORE_NAMES = 'sqlite:<file>, postgres://…, redis://…, env:<variable with one of these>, config or config:<file>'

/** A store that a command works on directly. */
export interface NamedStore {
  readonly store: ScannableStore
  /** For sentences; without user and password. */
  readonly place: string
  readonly type: StorageSettings['type']
}

const SILENT: Logger = Object.freeze({ info: () => undefined, warn: () => undefined, error: () => undefined })

function refuse(option: string, message: string): never {
  throw new CommandError(EXIT.usage, `${option}: ${message} It takes ${STORE_NAMES}.`)
}

/** The prefix is ours, and no driver knows it. */
function withoutPrefix(url: URL): { readonly address: string; readonly prefix?: string } {
  const prefix = url.searchParams.get('prefix')
  url.searchParams.delete('prefix')
  return { address: url.href, ...(prefix === null ? {} : { prefix }) }
}

function storageOf(option: string, name: string): StorageSettings {
  if (name.startsWith('sqlite:')) {
    const [path = '', query = ''] = name
      .slice('sqlite:'.length)
      .replace(/^\/\/(?=\/)/, '')
      .split('?')
    const prefix = new URLSearchParams(query).get('prefix')
    if (path === '') refuse(option, 'the file is missing.')
    return { type: 'sqlite', path, ...(prefix === null ? {} : { prefix }) }
  }
  if (name.startsWith('memory:'))
    refuse(option, 'a store in memory ends with its process; there is nothing to take from it, and what is put there is gone.')
  if (name.startsWith('memcached:')) refuse(option, 'Memcached cannot tell which sessions it has, so they cannot be moved.')
  if (!URL.canParse(name)) refuse(option, `found ${shown(name.slice(0, 40))}, which names no store.`)
  const url = new URL(name)
  const { address, prefix } = withoutPrefix(url)
  const more = prefix === undefined ? {} : { prefix }
  if (url.protocol === 'redis:' || url.protocol === 'rediss:') return { type: 'redis', target: { url: address }, ...more }
  if (url.protocol === 'postgres:' || url.protocol === 'postgresql:') return { type: 'postgres', urls: [address], ...more }
  return refuse(option, `no store has an address that begins with ${shown(url.protocol.slice(0, 20))}`)
}

function fromEnvironment(io: Io, option: string, name: string): string {
  if (!name.startsWith('env:')) {
    if (/^\w+:\/\/[^/?#]*:[^/?#]*@/.test(name))
      io.err(
        `${option} has a password in it, which every user of this host can read. Put the address into a variable and write env:<its name>.\n`,
      )
    return name
  }
  const value = io.env[name.slice('env:'.length)]
  if (value === undefined || value === '')
    throw new CommandError(EXIT.usage, `${option}: the variable ${shown(name.slice('env:'.length))} is not set.`)
  return value
}

/** Where the store lies that an option names. */
async function locate(
  io: Io,
  options: GlobalOptions,
  option: string,
  given: string,
): Promise<{ readonly storage: StorageSettings; readonly dataDir: string }> {
  const name = fromEnvironment(io, option, given)
  if (name !== 'config' && !name.startsWith('config:')) return { storage: storageOf(option, name), dataDir: '' }
  const file = name.slice('config:'.length)
  const { storage, dataDir } = await loadConfig(sourcesOf(io, file === '' ? options : { ...options, config: [file] }))
  return storage.type === 'memory' || storage.type === 'memcached'
    ? { storage: storageOf(option, `${storage.type}:`), dataDir }
    : { storage, dataDir }
}

/**
 * Opens the store that an option names. With `mayMake` false nothing is made: an old store that was mistyped must not be
 * found empty.
 */
export async function openNamedStore(io: Io, options: GlobalOptions, option: string, name: string, mayMake: boolean): Promise<NamedStore> {
  const { storage, dataDir } = await locate(io, options, option, name)
  if (storage.type === 'sqlite' && !mayMake && !(await isThere(databaseFile(storage, dataDir)))) {
    throw new CommandError(EXIT.unavailable, `${option}: there is no store: ${shown(databaseFile(storage, dataDir))} is missing.`)
  }
  const store = await openStore({ storage, dataDir }, { clock: io.clock, logger: SILENT, mayMake })
  if (isScannable(store)) return { store, place: placeOfStorage(storage, dataDir), type: storage.type }
  await store.close()
  throw new CommandError(EXIT.failed, `${option}: this store cannot tell which sessions it has.`)
}
