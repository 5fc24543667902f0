import type { Logger, SessionManager } from 'sojourn'
import { databaseFile } from '../describe-storage.js'
import { keyFileOf, openSessions } from '../open-sessions.js'
import type { ServiceSettings } from '../settings.js'
import { CommandError, EXIT } from './exit.js'
import type { Io } from './io.js'
import { isThere } from './is-there.js'
import { shown } from './text.js'

const SILENT: Logger = Object.freeze({ info: () => undefined, warn: () => undefined, error: () => undefined })

/**
 * Opens the store of a service in this process, beside the service if one runs. Never makes one: a listing of a folder that
 * was mistyped must not leave a new store behind, and new keys beside old data would hide all of its sessions.
 */
export async function openDirect(io: Io, settings: ServiceSettings, logger: Logger = SILENT): Promise<SessionManager> {
  const { storage, dataDir } = settings
  if (storage.type === 'memory')
    throw new CommandError(
      EXIT.unavailable,
      'The sessions are in the memory of the service, and no service answers. Start it, or give its address with --url.',
    )
  for (const file of [storage.type === 'sqlite' ? databaseFile(storage, dataDir) : undefined, keyFileOf(settings)]) {
    if (file !== undefined && !(await isThere(file))) {
      throw new CommandError(
        EXIT.unavailable,
        `No service answers, and there is no store: ${shown(file)} is missing. Give the data folder with --data-dir, or the address of a service with --url.`,
      )
    }
  }
  return await openSessions(settings, { clock: io.clock, logger, isCommand: true })
}
