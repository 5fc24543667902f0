import { SessionError } from '../../errors.js'
import type { Queryable } from './driver.js'
import { standbyFault } from './fault.js'
import type { PostgresNames } from './names.js'
import { once } from './statements.js'

/** What the server says about itself that decides whether, and how far, it can be trusted with a commit. */
export interface ServerFacts {
  readonly version: number
  readonly isolation: string
  readonly writesThrough: boolean
  /** How many synchronous standbys each commit waits for. */
  readonly synchronous: number
  /** How many standbys, of either kind, are connected at this moment. */
  readonly standbys: number
}

const FACTS = `
select pg_is_in_recovery(),
  current_setting('server_version_num')::integer,
  current_setting('default_transaction_isolation'),
  current_setting('fsync'),
  current_setting('synchronous_standby_names'),
  (select count(*) from pg_stat_replication)`

/** Throws a fault on a standby. */
export async function serverFacts(client: Queryable): Promise<ServerFacts> {
  const [standby, version, isolation, fsync, names, standbys] = (await client.query(once(FACTS))).rows[0] ?? []
  if (standby !== false) throw standbyFault()
  return {
    version: Number(version),
    isolation: String(isolation),
    writesThrough: fsync === 'on',
    synchronous: synchronousStandbys(String(names)),
    standbys: Number(standbys),
  }
}

/**
 * The number that a commit waits for: `ANY 2 (a, b, c)`, `FIRST 1 (a)`, `2 (a, b)`, or a plain list, which means one.
 * https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES
 */
export function synchronousStandbys(names: string): number {
  if (names.trim() === '') return 0
  return Number(/^\s*(?:(?:first|any)\s+)?(\d+)\s*\(/i.exec(names)?.[1] ?? 1)
}

/** Older servers get no corrections any more. https://www.postgresql.org/support/versioning/ */
const OLDEST_SERVER = 13

/** Throws `CONFIG_INVALID`, with what to set, for a server that cannot keep what was asked for. */
export function checkServer(facts: ServerFacts, wanted: { readonly replicas: number; readonly allowsLoss: boolean }): void {
  const refuse = (path: string, message: string): never => {
    throw new SessionError('CONFIG_INVALID', message, { path })
  }
  if (facts.version < OLDEST_SERVER * 10_000) {
    refuse('url', `This server is Postgres ${Math.floor(facts.version / 10_000)}. Sojourn needs ${OLDEST_SERVER} or later.`)
  }
  if (facts.isolation !== 'read committed') {
    refuse(
      'url',
      `default_transaction_isolation is '${facts.isolation}' for this role, at which sessions cannot be counted. Run: ALTER ROLE CURRENT_USER SET default_transaction_isolation = 'read committed'`,
    )
  }
  if (!facts.writesThrough && !wanted.allowsLoss) {
    refuse(
      'url',
      'fsync is off on this server: a crash takes back logouts, or destroys the database. Run: ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf()',
    )
  }
  if (facts.synchronous < wanted.replicas) {
    refuse(
      'replicas',
      `replicas is ${wanted.replicas}, but a commit on this server waits for ${facts.synchronous} synchronous standbys. Run: ALTER SYSTEM SET synchronous_standby_names = 'ANY ${wanted.replicas} (*)'; SELECT pg_reload_conf()`,
    )
  }
}

/** Throws `CONFIG_INVALID` if the role may not do on the tables what the verbs do. */
export async function checkRights(client: Queryable, names: PostgresNames): Promise<void> {
  const rights = 'select, insert, update, delete'
  const tables = ['rows', 'messages', 'nodes', 'register'].map(names.full)
  const query = once(
    `select bool_and(has_table_privilege(name, wanted)) from unnest($1::text[]) as name, unnest(string_to_array($2, ', ')) as wanted`,
    tables,
    rights,
  )
  if ((await client.query(query)).rows[0]?.[0] === true) return
  throw new SessionError(
    'CONFIG_INVALID',
    `The role may not use the tables of sessions. Run as their owner: GRANT ${rights.toUpperCase()} ON ${tables.join(', ')} TO the role`,
    { path: 'url' },
  )
}
