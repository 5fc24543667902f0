import { join } from 'node:path'
import type { SessionManagerOptions } from './config.js'
import { type Provisional, provisional } from './engine/provisional.js'
import { SessionError } from './errors.js'
import type { Logger } from './events/log.js'
import { openStore } from './open-store.js'
import { type Journal, openJournal } from './outage/journal.js'
import type { Settings } from './settings.js'
import { isScannable } from './store/store.js'

/** What stands beside the store of all nodes, on this host. */
export interface Aside {
  readonly local: Provisional | undefined
  readonly journal: Journal | undefined
  close(): Promise<void>
}

/** Beside the data of the store for local sessions, where that is on a disk. */
const JOURNAL_FILE = 'ends.journal'

async function openFile(path: string | undefined, logger: Logger): Promise<Journal | undefined> {
  if (path === undefined) return undefined
  try {
    return await openJournal(path, logger)
  } catch (cause) {
    throw new SessionError(
      'CONFIG_INVALID',
      `journal: ${path} cannot be opened for writing. Give a file in a folder that this process may write to.`,
      {
        path: 'journal',
        cause,
      },
    )
  }
}

/** Opens the store for local sessions and the journal, as far as they are configured. */
export async function openAside(options: SessionManagerOptions, settings: Settings, logger: Logger): Promise<Aside> {
  if (settings.local === undefined || options.localSessions === undefined) {
    const journal = await openFile(options.journal, logger)
    return { local: undefined, journal, close: async () => await journal?.close() }
  }
  const store = await openStore(options.localSessions.store)
  try {
    if (!isScannable(store))
      throw new SessionError('CONFIG_INVALID', 'localSessions.store: it must be a store that can be walked over: memory or SQLite.', {
        path: 'localSessions.store',
      })
    const local = await provisional({ ...settings.local, store })
    const beside = store.home === undefined ? undefined : join(store.home, JOURNAL_FILE)
    const journal = await openFile(options.journal ?? beside, logger)
    return { local, journal, close: async () => void (await Promise.all([local.close(), journal?.close()])) }
  } catch (error) {
    await store.close()
    throw error
  }
}
