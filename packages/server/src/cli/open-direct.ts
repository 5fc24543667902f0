import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createSessionManager, fileAudit, type SessionManager } from 'sojourn'
import type { ServiceSettings } from '../settings.js'
import { CommandError, EXIT } from './exit.js'
import type { Io } from './io.js'
import { shown } from './text.js'

/** The database of the settings; undefined if sessions are in the memory of the service. */
export function databaseOf({ storage, dataDir }: ServiceSettings): string | undefined {
  return storage.type === 'memory' ? undefined : (storage.path ?? join(dataDir, 'sojourn.db'))
}

/**
 * Opens the store of a service in this process, beside the service if one runs. Never makes one: a listing of a folder that
 * was mistyped must not leave a new store behind, and new keys beside old data would hide all of its sessions.
 */
export async function openDirect(io: Io, settings: ServiceSettings): Promise<SessionManager> {
  const path = databaseOf(settings)
  if (path === undefined)
    throw new CommandError(
      EXIT.unavailable,
      'The sessions are in the memory of the service, and no service answers. Start it, or give its address with --url.',
    )
  for (const file of [path, join(dirname(path), 'keys.json')]) {
    if (!(await isThere(file))) {
      throw new CommandError(
        EXIT.unavailable,
        `No service answers, and there is no store: ${shown(file)} is missing. Give the data folder with --data-dir, or the address of a service with --url.`,
      )
    }
  }
  const audit = settings.audit ? await fileAudit({ path: join(settings.dataDir, 'audit.jsonl') }) : undefined
  try {
    return await createSessionManager({
      ...settings.sessions,
      storage: { type: 'sqlite', path },
      // The service sweeps; a command is over before it would be time.
      cleanupInterval: 0,
      ...(audit === undefined ? {} : { audit }),
      clock: io.clock,
    })
  } catch (fault) {
    await audit?.close()
    throw fault
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch {
    // Whatever keeps it from being opened, it is not there for this command.
    return false
  }
}
