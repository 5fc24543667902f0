import type { SqliteDatabase, SqliteStatement } from './sqlite-driver.js'

/** Every statement of the store, prepared once. Columns are in the order of `Row`. */
export interface SqliteStatements {
  /** id, owner, version, createdAt, expiresAt, data → number of changes: 0 if the id is taken. */
  readonly insert: SqliteStatement
  /** owner → count. */
  readonly count: SqliteStatement
  /** id → row. */
  readonly get: SqliteStatement
  /** owner, version, expiresAt, data, id, version → number of changes: 0 if the version before is not what is stored. */
  readonly replace: SqliteStatement
  /** id → the row taken out. */
  readonly remove: SqliteStatement
  /** id, version → the row taken out. */
  readonly removeVersion: SqliteStatement
  /** owner → rows. */
  readonly list: SqliteStatement
  /** from, to, limit → rows. */
  readonly scan: SqliteStatement
  /** expiresAt, id, to, limit → rows behind that place. */
  readonly scanOn: SqliteStatement
}

const COLUMNS = 'id, owner, version, created_at as createdAt, expires_at as expiresAt, data'

/** `table` comes from `migrateSqlite`, never from a request. Text is compared by its bytes, which for ids is code-unit order. */
export function prepareStatements(db: SqliteDatabase, table: string): SqliteStatements {
  return {
    insert: db.prepare(
      `insert into ${table} (id, owner, version, created_at, expires_at, data) values (?, ?, ?, ?, ?, ?) on conflict (id) do nothing`,
    ),
    count: db.prepare(`select count(*) as count from ${table} where owner = ?`),
    get: db.prepare(`select ${COLUMNS} from ${table} where id = ?`),
    replace: db.prepare(`update ${table} set owner = ?, version = ?, expires_at = ?, data = ? where id = ? and version = ? - 1`),
    remove: db.prepare(`delete from ${table} where id = ? returning ${COLUMNS}`),
    removeVersion: db.prepare(`delete from ${table} where id = ? and version = ? returning ${COLUMNS}`),
    list: db.prepare(`select ${COLUMNS} from ${table} where owner = ? order by created_at, id`),
    scan: db.prepare(`select ${COLUMNS} from ${table} where expires_at >= ? and expires_at < ? order by expires_at, id limit ?`),
    scanOn: db.prepare(
      `select ${COLUMNS} from ${table} where (expires_at, id) > (?, ?) and expires_at < ? order by expires_at, id limit ?`,
    ),
  }
}
