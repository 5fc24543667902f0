import { readFile } from 'node:fs/promises'
import { SessionError } from 'sojourn'
import type { ServiceSettings } from '../settings.js'
import { apply, merge, settingsOf } from './apply.js'
import { conflicts } from './conflicts.js'
import { type Environment, readEnvironment } from './environment.js'
import type { Given } from './given.js'
import type { Patch } from './key.js'
import { lifetimeLimit } from './lifetime-limit.js'
import { readMasterKeys } from './master-keys.js'
import { policyProblems } from './policy-problem.js'
import { type ConfigProblem, problemText } from './problem.js'
import { readSecrets } from './secrets.js'
import { storageOf } from './storage.js'
import { type ConfigEntry, readYaml } from './yaml.js'

export interface ConfigSources {
  /** The environment of the process. `SOJOURN_CONFIG` in it names YAML files, with commas or colons between them. */
  readonly environment: Environment
  /** YAML files in the place of those that `SOJOURN_CONFIG` names. */
  readonly files?: readonly string[]
}

export interface CheckedConfig {
  /** What was said, laid over the defaults. Not to be used while there are problems. */
  readonly settings: ServiceSettings
  readonly problems: readonly ConfigProblem[]
}

/** Reads the configuration and finds all that is wrong with it. The environment has the last word over files. */
export async function checkConfig(sources: ConfigSources): Promise<CheckedConfig> {
  const { environment } = sources
  const entries: ConfigEntry[] = []
  const problems: ConfigProblem[] = []
  for (const name of sources.files ?? filesIn(environment['SOJOURN_CONFIG'])) {
    const text = await readText(name)
    const read = text === undefined ? unreadable(name) : readYaml({ name, text }, environment)
    entries.push(...read.entries)
    problems.push(...read.problems)
  }
  const said = apply(entries)
  const together = [lifetimeLimit(said.good), storagePart(said.good, said.problems)]
  const own = [readEnvironment(environment), await readSecrets(environment), await readMasterKeys(environment)]
  const parts = [said, ...together, ...own]
  const settings = settingsOf(parts.reduce((patch: Patch, part) => merge(patch, part.patch), {}))
  const found = [...problems, ...parts.flatMap((part) => part.problems), ...conflicts(entries, settings)]
  // Limits are judged together, which says nothing while one of them is wrong.
  return { settings, problems: found.length > 0 ? found : policyProblems(entries, settings) }
}

/** The keys that say together which store it is. While one of them is wrong, nothing can be said about the others. */
const STORE_KEYS = /^session_manager\.session_storage\.(?:type|connection_string|path)(?:\.|$)/

function storagePart(good: Given, found: readonly ConfigProblem[]): { readonly patch: Patch; readonly problems: readonly ConfigProblem[] } {
  if (found.some(({ path }) => STORE_KEYS.test(path))) return { patch: {}, problems: [] }
  const { storage, problems } = storageOf(good)
  return { patch: { storage }, problems }
}

/**
 * Reads the configuration. Throws one `CONFIG_INVALID` that lists everything that is wrong: for each thing the file, line and
 * column, the path of the key, what was found and what is allowed; `path` is that of the first.
 */
export async function loadConfig(sources: ConfigSources): Promise<ServiceSettings> {
  const { settings, problems } = await checkConfig(sources)
  const [first] = problems
  if (first === undefined) return settings
  const text = [
    `The configuration cannot be used (${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}):`,
    ...problems.map((problem) => `  ${problemText(problem)}`),
  ]
  throw new SessionError('CONFIG_INVALID', text.join('\n'), { path: first.path })
}

function filesIn(list: string | undefined): readonly string[] {
  // A colon after a single letter is a drive, and not between two files.
  return (list ?? '')
    .split(/,|(?<!(?:^|[,:])[A-Za-z]):/)
    .filter((name) => name.trim() !== '')
    .map((name) => name.trim())
}

async function readText(name: string): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(name))
  } catch {
    // Missing, not readable or not text: for the person who named the file these are one mistake.
    return undefined
  }
}

function unreadable(name: string): { readonly entries: readonly ConfigEntry[]; readonly problems: readonly ConfigProblem[] } {
  return {
    entries: [],
    problems: [{ path: 'SOJOURN_CONFIG', where: name, found: 'no readable text', allowed: 'allowed are paths of YAML files in UTF-8.' }],
  }
}
