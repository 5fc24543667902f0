import { loadConfig } from '../config/load.js'
import { placeOfStorage } from '../describe-storage.js'
import type { ServiceSettings } from '../settings.js'
import { CommandError, EXIT } from './exit.js'
import type { GlobalOptions, Io } from './io.js'
import { type Keys, keysOf } from './keys.js'
import { openDirect } from './open-direct.js'
import { addressOf, probe } from './service-probe.js'
import { adminCall, serviceTarget } from './service-target.js'
import { sourcesOf } from './sources.js'
import { storeTarget } from './store-target.js'
import type { Target } from './target.js'
import { shown } from './text.js'

/**
 * What a command works on. An address that somebody named is the only choice; else it is the service of the settings, if it
 * runs and takes our key; else, or with `--direct`, the store in the data folder.
 */
export async function openTarget(io: Io, options: GlobalOptions): Promise<Target> {
  const named = options.url ?? io.env['SOJOURN_URL']
  if (options.direct === true && options.url !== undefined)
    throw new CommandError(EXIT.usage, '--url and --direct contradict each other: leave one out.')
  const settings = await loadConfig(sourcesOf(io, options))
  if (options.direct === true) return await store(io, settings)
  const keys = await keysOf(settings)
  // Never replaced by the store of this host: "0 sessions" there would be taken for the truth about the service.
  if (named !== undefined && named !== '') return serviceTarget(io, { url: named, ...keys })
  const url = addressOf(settings)
  if (await isOurs(io, url, settings, keys)) return serviceTarget(io, { url, ...keys })
  return await store(io, settings)
}

/** Whether a service runs there that takes our key, and is not that of another data folder. */
async function isOurs(io: Io, url: string, settings: ServiceSettings, { adminKey }: Keys): Promise<boolean> {
  if (settings.port === 0 || adminKey === undefined || !(await probe(io, url)).isAlive) return false
  const answer = await adminCall(io, url, adminKey, 'GET', '/sessions?limit=1')
  if (answer.status !== 401 && answer.status !== 403) return true
  io.err(`The service at ${url} does not take the admin key of ${shown(settings.dataDir)}: it is another one, and is left alone.\n`)
  return false
}

async function store(io: Io, settings: ServiceSettings): Promise<Target> {
  const { storage, dataDir } = settings
  const sessions = await openDirect(io, settings)
  return storeTarget({ sessions, type: storage.type, name: `the store ${shown(placeOfStorage(storage, dataDir))}`, clock: io.clock })
}
