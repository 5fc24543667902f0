import { SessionError } from '../../errors.js'
import type { Queryable } from './driver.js'
import { faultOf } from './fault.js'
import { POSTGRES_SCHEMA_VERSION, type PostgresMigration } from './migrations.js'
import type { PostgresNames } from './names.js'
import { once } from './statements.js'

/** The same for all prefixes, so that two of them can make their schema at the same time. */
const MIGRATION_LOCK = 6_006_914_711

export interface MigrationTask {
  readonly names: PostgresNames
  readonly migrations: readonly PostgresMigration[]
  readonly mode: 'run' | 'check'
}

/**
 * Brings the schema to this release's version, or with `check` only sees that it is there. Of several processes that start
 * at once, one does it and the others wait. Throws `CONFIG_INVALID` for the schema of a newer release, and for a role that
 * may not make one.
 */
export async function migratePostgres(client: Queryable, task: MigrationTask): Promise<void> {
  const version = await schemaVersion(client, task.names)
  if (version === POSTGRES_SCHEMA_VERSION) return
  if (task.mode === 'check') throw missing(version)
  try {
    await inTransaction(client, () => runMissing(client, task))
  } catch (thrown) {
    throw faultOf(thrown).code === INSUFFICIENT_PRIVILEGE ? notAllowed(thrown) : thrown
  }
}

const INSUFFICIENT_PRIVILEGE = '42501'

/** A pooler hands the connection on after the transaction, so the lock and the limits are the transaction's. */
async function runMissing(client: Queryable, { names, migrations }: MigrationTask): Promise<void> {
  await client.query(once('set local statement_timeout = 0; set local lock_timeout = 0'))
  await client.query(once('select pg_advisory_xact_lock($1)', MIGRATION_LOCK))
  const version = await schemaVersion(client, names)
  for (const { sql } of migrations.slice(version)) await client.query(once(sql))
}

async function inTransaction(client: Queryable, work: () => Promise<void>): Promise<void> {
  await client.query(once('begin isolation level read committed'))
  try {
    await work()
    await client.query(once('commit'))
  } catch (thrown) {
    await client.query(once('rollback')).catch((second: unknown) => {
      throw new AggregateError([thrown, second], 'A migration failed and could not be rolled back.')
    })
    throw thrown
  }
}

/**
 * Looked up as rows of the catalogue: functions such as to_regclass answer from a cache of the connection, which does not
 * see what another process has made while this one waited for the lock.
 */
const TABLE_EXISTS = `
select exists (select from pg_class join pg_namespace on pg_namespace.oid = relnamespace where nspname = $1 and relname = $2)`

async function schemaVersion(client: Queryable, { schemaName, local, migrations }: PostgresNames): Promise<number> {
  const found = await client.query(once(TABLE_EXISTS, schemaName, local('migrations')))
  if (found.rows[0]?.[0] !== true) return 0
  const newest = await client.query(once(`select coalesce(max(version), 0) from ${migrations}`))
  const version = Number(newest.rows[0]?.[0])
  if (version > POSTGRES_SCHEMA_VERSION) throw newer(version)
  return version
}

const newer = (version: number): SessionError =>
  new SessionError(
    'CONFIG_INVALID',
    `This store was made by a newer Sojourn: its schema has version ${version}, this release knows ${POSTGRES_SCHEMA_VERSION}. Upgrade this program.`,
    { path: 'url' },
  )

const missing = (version: number): SessionError =>
  new SessionError(
    'CONFIG_INVALID',
    `The schema has version ${version} and this release needs ${POSTGRES_SCHEMA_VERSION}. Run \`sojourn migrate\`, or what \`sojourn migrate --print-sql\` prints, or set migrate to 'run'.`,
    { path: 'migrate' },
  )

const notAllowed = (cause: unknown): SessionError =>
  new SessionError(
    'CONFIG_INVALID',
    "The role may not make the tables and functions of the store. Run what `sojourn migrate --print-sql` prints as an administrator, and set migrate to 'check'.",
    { path: 'migrate', cause: faultOf(cause) },
  )
