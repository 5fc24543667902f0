import type { ConfigSources } from '../config/load.js'
import type { GlobalOptions, Io } from './io.js'

/** Where the configuration of a command comes from: the environment, over which options have the last word. */
export function sourcesOf(io: Io, { dataDir, config }: Pick<GlobalOptions, 'dataDir' | 'config'>): ConfigSources {
  return {
    environment: dataDir === undefined ? io.env : { ...io.env, SOJOURN_DATA_DIR: dataDir },
    ...(config === undefined || config.length === 0 ? {} : { files: config }),
  }
}
