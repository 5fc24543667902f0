import type { StorageSettings } from '../storage-settings.js'
import { type Connection, readConnection } from './connection.js'
import { distributionOf } from './distribution.js'
import { type Given, problemAt } from './given.js'
import type { ConfigProblem } from './problem.js'
import { STORAGE_WORDS, wordUse } from './storage-words.js'
import type { ConfigEntry } from './yaml.js'

const AT = 'session_manager.session_storage'
const ROTATION = 'session_manager.security.encryption.key_rotation'

/** The store that the entries come to, and why it cannot be had. Not to be used while there are problems. */
export function storageOf(given: Given): { readonly storage: StorageSettings; readonly problems: readonly ConfigProblem[] } {
  const found = placeIn(given)
  if ('problem' in found) return { storage: { type: 'sqlite' }, problems: [found.problem] }
  const problems: ConfigProblem[] = []
  let { place } = found
  for (const word of STORAGE_WORDS) {
    const entry = given.get(`${AT}.${word}`)
    if (entry === undefined) continue
    const use = wordUse(place.type, word, entry.value)
    if ('refused' in use) problems.push(problemAt(entry, use.refused))
    else place = { ...place, ...use.part }
  }
  const rotation = given.get(ROTATION)
  if (rotation !== undefined && place.type === 'memcached') {
    const reason =
      'memcached cannot be walked over, so its records cannot be moved to a new key; give a new SOJOURN_KEY and the old one in SOJOURN_PREVIOUS_KEYS.'
    problems.push(problemAt(rotation, reason))
  }
  const { replicas, problems: more } = distributionOf(given, place)
  return { storage: replicas > 0 ? ({ ...place, replicas } as StorageSettings) : place, problems: [...problems, ...more] }
}

type Place = { readonly place: StorageSettings } | { readonly problem: ConfigProblem }

const EXAMPLES: Readonly<Record<string, string>> = {
  redis: 'redis://127.0.0.1:6379',
  postgres: 'postgres://USER:PASSWORD@127.0.0.1:5432/DATABASE',
  memcached: 'memcached://127.0.0.1:11211',
  database: 'postgres://USER:PASSWORD@127.0.0.1:5432/DATABASE or sqlite:./sessions.db',
}

/** Which store it is, and where: what `type`, `connection_string` and `path` say together. */
function placeIn(given: Given): Place {
  const [typed, connected, path] = ['type', 'connection_string', 'path'].map((name) => given.get(`${AT}.${name}`))
  const type = typed?.value
  const extra = path ?? connected
  if (path !== undefined && connected !== undefined) {
    return { problem: problemAt(path, 'allowed is one of both.', 'a path beside connection_string') }
  }
  if (type === 'memory') {
    const reason = 'sessions in memory have none; leave it out, or write type: sqlite.'
    return extra === undefined ? { place: { type } } : { problem: problemAt(extra, reason, 'a place') }
  }
  const connection = readConnection(connected?.value)
  if (connected !== undefined && connection !== undefined) {
    const reason = `allowed is what type says too, which is "${String(type)}".`
    return fits(type, connection) ? { place: connection } : { problem: problemAt(connected, reason, `an address of ${connection.type}`) }
  }
  if (typed === undefined || type === 'sqlite' || (type === 'database' && path !== undefined)) {
    return { place: { type: 'sqlite', ...(path === undefined ? {} : { path: String(path.value) }) } }
  }
  return { problem: missingAddress(typed, path) }
}

function fits(type: unknown, connection: Connection): boolean {
  return (
    type === undefined ||
    type === connection.type ||
    (type === 'database' && (connection.type === 'sqlite' || connection.type === 'postgres'))
  )
}

function missingAddress(typed: ConfigEntry, path: ConfigEntry | undefined): ConfigProblem {
  const type = String(typed.value)
  const example = EXAMPLES[type] ?? ''
  if (path !== undefined)
    return problemAt(path, `${type} has no file; give its address as connection_string, for example ${example}.`, 'a path')
  return problemAt(typed, `allowed is this type beside a connection_string, for example ${example}.`)
}
