import { SessionError } from '../errors.js'

/** What this library uses of the `node:sqlite` API: built into Node 22.13 and later, from a package before. */
export interface SqliteModule {
  readonly DatabaseSync: new (path: string) => SqliteDatabase
}

export interface SqliteDatabase {
  readonly isTransaction: boolean
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

export type SqliteValue = string | number | null | Uint8Array

export interface SqliteStatement {
  run(...values: SqliteValue[]): unknown
  get(...values: SqliteValue[]): unknown
  all(...values: SqliteValue[]): unknown[]
}

/** Where the two drivers come from; tests name others. */
export interface SqliteSources {
  builtIn(): unknown
  fromPackage(): Promise<unknown>
}

const SOURCES: SqliteSources = Object.freeze({
  builtIn: () => process.getBuiltinModule('node:sqlite'),
  fromPackage: () => import('@photostructure/sqlite'),
})

/** The built-in driver, else the package with the same API. Throws `CONFIG_INVALID`, with the command that helps, if there is neither. */
export async function loadSqlite(sources: SqliteSources = SOURCES): Promise<SqliteModule> {
  const builtIn = sources.builtIn()
  if (isSqliteModule(builtIn)) return builtIn
  let cause: unknown
  try {
    const loaded = await sources.fromPackage()
    if (isSqliteModule(loaded)) return loaded
  } catch (thrown) {
    cause = thrown
  }
  throw new SessionError(
    'CONFIG_INVALID',
    `This Node (${process.version}) has no SQLite of its own. Run \`npm i @photostructure/sqlite\`, or use Node 22.13 or later.`,
    { cause },
  )
}

const isSqliteModule = (value: unknown): value is SqliteModule =>
  typeof value === 'object' && value !== null && 'DatabaseSync' in value && typeof value.DatabaseSync === 'function'

/** SQLITE_BUSY and SQLITE_LOCKED: another connection holds what this one needs, for now. https://sqlite.org/rescode.html */
const BUSY = 5
const LOCKED = 6

/** Whether the same statement can succeed a moment later. */
export function isBusy(fault: unknown): boolean {
  if (typeof fault !== 'object' || fault === null || !('errcode' in fault)) return false
  // The low byte is the primary code; extended codes such as SQLITE_BUSY_RECOVERY carry it.
  const primary = Number(fault.errcode) & 0xff
  return primary === BUSY || primary === LOCKED
}

/** The only value of a one-line answer, as of `pragma user_version`. */
export function readValue(db: SqliteDatabase, query: string): unknown {
  return Object.values(Object(db.prepare(query).get()))[0]
}
