import { SessionError } from '../errors.js'
import { readValue, type SqliteDatabase } from './sqlite-driver.js'

/** "Sojn" in the file's header (PRAGMA application_id): tells our files from those of other programs. */
const APPLICATION_ID = 0x536f6a6e

/** Every table of ours ends like this, whatever its prefix, so a migration finds them all. */
const TABLE = 'sojourn_rows'
const CHANGES = 'sojourn_changes'

/**
 * One step for each version of the schema, for one prefix; a step that was released is never changed. `table` is a checked name.
 *
 * 1: A table by rowid with narrow indexes beside it: with the id as the key of a table without rowid, each insert would
 * land in the middle of the wide rows (four times slower). `data` comes last, so the other columns are read without it.
 *
 * 2: What was changed, for other processes that keep rows in memory. A number is never given twice, also after the newest
 * was taken out: a gap is how a process sees that it has fallen behind.
 */
const MIGRATIONS: readonly ((table: string) => string)[] = [
  (table) => `
    create table ${table} (
      id text not null,
      owner text,
      version integer not null,
      created_at integer not null,
      expires_at integer not null,
      data blob not null
    ) strict;
    create unique index ${table}_id on ${table} (id);
    create index ${table}_owner on ${table} (owner) where owner is not null;
    create index ${table}_expiry on ${table} (expires_at, id);`,
  (table) => `
    create table ${changesOf(table)} (
      seq integer primary key autoincrement,
      id text not null,
      version integer
    ) strict;`,
]

/** The table of changes that belongs to a table of rows. */
export const changesOf = (table: string): string => `${table.slice(0, -TABLE.length)}${CHANGES}`

/**
 * Brings the file to the newest schema, in one transaction, and answers the name of the table for `prefix`. Throws
 * `CONFIG_INVALID` for a file of another program or of a newer release.
 */
export function migrateSqlite(db: SqliteDatabase, prefix: string): string {
  const table = `${prefix}${TABLE}`
  // Takes the write lock before reading: of several processes that start at once, one migrates. It also finds out now, and
  // not at the first login, that a file cannot be written.
  db.exec('begin immediate')
  try {
    const version = readVersion(db)
    const present = tablesOf(db)
    for (const name of new Set([...present, table])) {
      for (const step of MIGRATIONS.slice(present.includes(name) ? version : 0)) db.exec(step(name))
    }
    if (version !== MIGRATIONS.length) {
      db.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${MIGRATIONS.length}`)
    }
    db.exec('commit')
  } catch (fault) {
    if (db.isTransaction) db.exec('rollback')
    throw fault
  }
  return table
}

function readVersion(db: SqliteDatabase): number {
  const version = Number(readValue(db, 'pragma user_version'))
  const application = readValue(db, 'pragma application_id')
  const isNew = application === 0 && version === 0 && readValue(db, 'select count(*) from sqlite_master') === 0
  if (application !== APPLICATION_ID && !isNew) {
    throw new SessionError('CONFIG_INVALID', 'This database belongs to another program. Give the path of a file that does not exist yet.', {
      path: 'path',
    })
  }
  if (version > MIGRATIONS.length) {
    throw new SessionError(
      'CONFIG_INVALID',
      `This store was made by a newer Sojourn: its schema has version ${version}, this release knows ${MIGRATIONS.length}. Upgrade this program.`,
      { path: 'path' },
    )
  }
  return version
}

const tablesOf = (db: SqliteDatabase): readonly string[] =>
  db
    .prepare(`select name from sqlite_master where type = 'table' and name glob '*${TABLE}'`)
    .all()
    .map((record) => String(Object.values(Object(record))[0]))
