import { closeSync, fchmodSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Millis } from '../clock.js'
import { isSessionError, SessionError } from '../errors.js'
import { loadSqlite, readValue, type SqliteDatabase } from './sqlite-driver.js'
import { migrateSqlite } from './sqlite-schema.js'
import type { UntilFree } from './until-free.js'

export interface SqliteFile {
  readonly db: SqliteDatabase
  readonly table: string
}

export interface SqliteFileOptions {
  /** Absolute, or `:memory:`. */
  readonly path: string
  readonly prefix: string
  readonly maxSize: number | undefined
}

/**
 * The engine itself waits no longer than this for another process, because the whole process stands still meanwhile; we
 * then let other work run and ask again.
 */
const BUSY_SLICE: Millis = 10

/** Keeps the inner pages of all three indexes in memory at ten million rows; SQLite's own 2 MB lose them. */
const CACHE_KIBIBYTES = 16_384

/** Pages in the write-ahead log before they are moved into the file: with 4 KiB pages 16 MB, one third of the moves of the default. */
const CHECKPOINT_PAGES = 4_000

/** The write-ahead log shrinks back to this after a burst. */
const LOG_BYTES = 64 * 1_048_576

/**
 * Opens the file, and makes it if it is missing: the file with mode 0600, folders with 0700. What the system or the engine
 * refuses is thrown as `STORE_UNAVAILABLE`, a file that is not ours as `CONFIG_INVALID`.
 */
export async function openSqlite(options: SqliteFileOptions, untilFree: UntilFree): Promise<SqliteFile> {
  const { DatabaseSync } = await loadSqlite()
  let db: SqliteDatabase | undefined
  try {
    if (options.path !== ':memory:') makeFile(options.path)
    const opened = new DatabaseSync(options.path)
    db = opened
    return await untilFree(() => ({ db: opened, table: prepareFile(opened, options) }))
  } catch (fault) {
    db?.close()
    if (isSessionError(fault)) throw fault
    throw new SessionError(
      'STORE_UNAVAILABLE',
      `The SQLite store could not be opened: ${fault instanceof Error ? fault.message : 'unknown fault'}. Check the path, its permissions and the disk.`,
      { path: 'path', cause: fault },
    )
  }
}

function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'EEXIST') return
    throw fault
  }
  try {
    // The mode above passes through the umask; SQLite gives its -wal and -shm files the mode of this one.
    fchmodSync(file, 0o600)
  } finally {
    closeSync(file)
  }
}

function prepareFile(db: SqliteDatabase, { path, prefix, maxSize }: SqliteFileOptions): string {
  db.exec(`pragma busy_timeout = ${BUSY_SLICE}; pragma trusted_schema = off; pragma cache_size = -${CACHE_KIBIBYTES}`)
  // Checks that it is our file before anything is written to it.
  const journal = readValue(db, 'pragma journal_mode')
  const table = migrateSqlite(db, prefix)
  if (path !== ':memory:' && journal !== 'wal') setWriteAheadLog(db)
  // FULL: a commit is on the disk when it is answered; with NORMAL a crash of the system could take back a logout.
  db.exec(`pragma synchronous = full; pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}; pragma journal_size_limit = ${LOG_BYTES}`)
  if (maxSize !== undefined) {
    const pageSize = Number(readValue(db, 'pragma page_size'))
    db.exec(`pragma max_page_count = ${Math.max(1, Math.floor(maxSize / pageSize))}`)
  }
  return table
}

/** Readers and one writer do not wait for each other in this mode. It needs shared memory, which network file systems lack. */
function setWriteAheadLog(db: SqliteDatabase): void {
  const mode = readValue(db, 'pragma journal_mode = wal')
  if (mode === 'wal') return
  throw new SessionError('CONFIG_INVALID', 'SQLite cannot keep a write-ahead log here. Put the file on a local disk.', { path: 'path' })
}
