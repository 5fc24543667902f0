import type { ScannableStorage } from '../../storage-settings.js'
import { CONNECTION_FORMS, readConnection } from '../connection.js'
import { type ConfigKey, choice, duration, flag, parsed, text, whole } from '../key.js'

const storage = 'session_manager.session_storage'

/** Nothing alone: what these come to depends on one another, and is put together in `config/storage.ts`. */
const together = (): object => ({})

/** Memcached cannot tell what it has, so nothing can be moved from it. */
function readOldStore(value: unknown): ScannableStorage | undefined {
  const connection = readConnection(value)
  return connection === undefined || connection.type === 'memcached' ? undefined : connection
}

/** As in the library: five minutes. */
const LONGEST_GRACE = 300_000
/** A client that waits longer has gone. */
const LONGEST_WAIT = 30_000

/** Where sessions are kept. */
export const storageKeys: readonly ConfigKey[] = [
  choice(
    `${storage}.type`,
    'The store. "database" is Postgres, or SQLite where the connection string begins with sqlite:.',
    ['memory', 'sqlite', 'redis', 'memcached', 'postgres', 'database'],
    together,
  ),
  {
    ...parsed(`${storage}.connection_string`, 'Where the store is and how one signs in there.', CONNECTION_FORMS, readConnection, together),
    isSecret: true,
  },
  {
    ...parsed(
      `${storage}.moving_from`,
      'The store whose sessions are being moved here: each is brought over when it is used, and the rest by `sojourn migrate --move`. On every node, until ten minutes after it is done.',
      'the connection string of SQLite, Redis or Postgres',
      readOldStore,
      (movingFrom) => ({ movingFrom }),
    ),
    isSecret: true,
  },
  text(
    `${storage}.path`,
    'The database file of SQLite. Without it, sojourn.db in the data folder.',
    { pattern: /^(?!:memory:$)[^\0]{1,4096}$/, allowed: 'the path of a file' },
    together,
  ),
  text(
    `${storage}.key_prefix`,
    'Begins all keys, or the names of all tables, so that several applications can share a store.',
    { pattern: /^[!-~]{1,100}$/, allowed: '1 to 100 printable ASCII characters without spaces' },
    together,
  ),
  duration(
    `${storage}.ttl`,
    'How long a record is kept at most if its session is not renewed. No life may be longer; that of remembered sessions is cut to it where none was asked for. Each record ends with its session, also in stores that forget by themselves.',
    together,
  ),
  whole(`${storage}.max_size`, 'The most sessions in memory, or the most bytes of a SQLite file.', [1, Number.MAX_SAFE_INTEGER], together),
  duration(`${storage}.timeout`, 'How long a call waits for the store before it is answered 503.', together, 1, LONGEST_WAIT),
  whole(`${storage}.pool_size`, 'The most connections: to Postgres, or to each server of Memcached.', [1, 1_000], together),
  text(
    `${storage}.schema`,
    'The schema of the tables in Postgres.',
    { pattern: /^[a-z_][a-z0-9_]{0,30}$/, allowed: '1 to 31 lower-case letters, digits and underscores' },
    together,
  ),
  duration(
    `${storage}.outage_grace`,
    'How long a session goes on being accepted while the store does not answer, if this node found it good a moment before. An end made elsewhere meanwhile is seen when it is over. 0 accepts none.',
    (outageGrace) => ({ sessions: { outageGrace } }),
    0,
    LONGEST_GRACE,
  ),
  flag(
    `${storage}.local_sessions`,
    'Whether users can log in while the store does not answer: into local.db of the data folder, for 15 minutes and on this node only, until the store is back. Then a log-out is kept in local.journal and answered 202. One data folder a node.',
    (localSessions) => ({ localSessions }),
  ),
  choice(
    `${storage}.migrate`,
    'Whether the start makes the tables in Postgres, or refuses if they are missing.',
    ['run', 'check'],
    together,
  ),
]

/** As in the library: a second. */
const LEAST_CANARY = 1_000

const cluster = 'session_manager.distributed_management'

/** Several hosts. Which store can give what stands in `config/distribution.ts`. */
export const clusterKeys: readonly ConfigKey[] = [
  flag(`${cluster}.cluster_mode`, 'Whether several hosts serve the same sessions.', together),
  whole(
    `${cluster}.replication_factor`,
    'How many copies must hold a change before it counts as durable, the first one included.',
    [1, 16],
    together,
  ),
  choice(
    `${cluster}.consistency_level`,
    'With "strong", what was acknowledged is on several copies and everybody sees it.',
    ['strong', 'eventual'],
    together,
  ),
  flag(
    `${cluster}.canary`,
    'Whether each node measures now and then how long an end takes until no node accepts it any more.',
    (enabled) => ({
      sessions: { canary: { enabled } },
    }),
  ),
  duration(`${cluster}.canary_interval`, 'How often it does.', (interval) => ({ sessions: { canary: { interval } } }), LEAST_CANARY),
  flag(`${cluster}.failover_enabled`, 'Whether another server takes over when the primary is away.', together),
]
