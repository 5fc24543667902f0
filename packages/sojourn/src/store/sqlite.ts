import { dirname, resolve } from 'node:path'
import { type Clock, type Millis, systemClock } from '../clock.js'
import { isSessionError, SessionError, storeUnavailable } from '../errors.js'
import { copyRow } from './copy-row.js'
import { groupCommit, type Transaction } from './group-commit.js'
import { scanPage, scanPlace } from './scan-cursor.js'
import { isBusy, type SqliteDatabase } from './sqlite-driver.js'
import { openSqlite } from './sqlite-open.js'
import { changesOf } from './sqlite-schema.js'
import { prepareStatements, type SqliteStatements } from './sqlite-statements.js'
import { sqliteWatching } from './sqlite-watching.js'
import type { Row, ScannableStore, ScanRange } from './store.js'
import { untilFree } from './until-free.js'

export interface SqliteStoreOptions {
  /** The file; it is made, with its folders, if it is missing. `:memory:` for one that is gone with the process. */
  readonly path: string
  /** Begins the name of the table, so that several applications can share a file: lower-case letters, digits and `_`. @default '' */
  readonly prefix?: string
  /** How long a verb waits for another process before it throws `STORE_UNAVAILABLE`. @default 5,000 */
  readonly busyTimeout?: Millis
  /** The most bytes the file may take; a write beyond throws `STORE_UNAVAILABLE`. @default what the disk holds */
  readonly maxSize?: number
  /** @default the clock of this machine */
  readonly clock?: Clock
}

/** Commits take milliseconds. Who holds the file for longer than this has stopped, and a client would not wait either. */
const BUSY_TIMEOUT: Millis = 5_000

/**
 * A store in one SQLite file, which several processes on one host can share. A write is answered when it is on the disk:
 * it survives kill -9 and a crash of the system. Writes of one turn of the event loop share one commit; reads see what is
 * committed.
 *
 * Needs Node 22.13 or later, or the package `@photostructure/sqlite`. Throws `CONFIG_INVALID` for options, drivers and
 * files it cannot use, `STORE_UNAVAILABLE` for whatever the engine or the disk refuses.
 */
export async function sqliteStore(options: SqliteStoreOptions): Promise<ScannableStore> {
  checkOptions(options)
  const { prefix = '', busyTimeout = BUSY_TIMEOUT, maxSize, clock = systemClock } = options
  const path = options.path === ':memory:' ? options.path : resolve(options.path)
  const whenFree = untilFree({ clock, limit: busyTimeout, isBusy })
  const { db, table } = await openSqlite({ path, prefix, maxSize }, whenFree)
  const sql = prepareStatements(db, table)
  const changes = sqliteWatching(db, changesOf(table))
  const writes = groupCommit({ transaction: transactionOn(db), untilFree: whenFree, clock })
  let closing: Promise<void> | undefined

  const write = async <T>(verb: () => T): Promise<T> => {
    if (closing) throw closed()
    return writes.run(verb)
  }
  const read = async <T>(verb: () => T): Promise<T> => {
    if (closing) throw closed()
    try {
      return await whenFree(verb)
    } catch (fault) {
      throw isSessionError(fault) ? fault : storeUnavailable(fault)
    }
  }

  return Object.freeze<ScannableStore>({
    ...(path === ':memory:' ? {} : { home: dirname(path) }),
    watching: { watch: changes.watch },
    async insert(row) {
      // Copied now: the verb runs later, and what the caller does to its array until then must change nothing.
      const copy = copyRow(row)
      return write(() => insertRow(sql, copy))
    },
    get: (id) => read(() => toRow(sql.get.get(id))),
    async replace(row, message) {
      const { id, owner, version, expiresAt, data } = copyRow(row)
      return write(() => {
        const isDone = changesIn(sql.replace.run(owner, version, expiresAt, data, id, version)) === 1
        if (isDone && message !== undefined) changes.announce(id, version)
        return isDone
      })
    },
    remove: (id, version, message) =>
      write(() => {
        const row = toRow(version === undefined ? sql.remove.get(id) : sql.removeVersion.get(id, version))
        if (row !== undefined && message !== undefined) changes.announce(id, Number.POSITIVE_INFINITY)
        return row
      }),
    list: (owner) => read(() => sql.list.all(owner).map(toStoredRow)),
    scan: (range) => read(() => scanPage(scanRows(sql, range), range.limit)),
    close() {
      closing ??= writes.drain().then(() => closeFile(db))
      return closing
    },
  })
}

function checkOptions({ path, prefix, busyTimeout, maxSize }: SqliteStoreOptions): void {
  const refuse = (field: string, message: string): never => {
    throw new SessionError('CONFIG_INVALID', message, { path: field })
  }
  if (typeof path !== 'string' || path === '' || path.includes('\0')) refuse('path', 'path is the path of a file, or `:memory:`.')
  // It becomes a part of SQL text, where a name cannot be a parameter.
  if (prefix !== undefined && !/^(?:[a-z][a-z0-9_]{0,30})?$/.test(prefix)) {
    refuse('prefix', 'prefix is at most 31 lower-case letters, digits and underscores, beginning with a letter.')
  }
  if (busyTimeout !== undefined && !(busyTimeout >= 0)) refuse('busyTimeout', 'busyTimeout is a number of milliseconds, 0 or more.')
  if (maxSize !== undefined && !(maxSize >= MIN_SIZE)) refuse('maxSize', `maxSize is a number of bytes, ${MIN_SIZE} or more.`)
}

/** The empty tables and indexes take five pages; less than this could never hold a session. */
const MIN_SIZE = 65_536

const closed = (): SessionError => storeUnavailable(new Error('The SQLite store is closed.'))

/**
 * Moves the log into the file first. The engine would do that at the end of the last connection, but the package for
 * older Nodes ends one only when the prepared statements have been garbage-collected.
 */
function closeFile(db: SqliteDatabase): void {
  try {
    db.exec('pragma wal_checkpoint(truncate)')
  } catch (fault) {
    // All commits are in the log, and whoever opens the file next takes them from there.
    if (!isBusy(fault)) throw storeUnavailable(fault)
  } finally {
    db.close()
  }
}

function transactionOn(db: SqliteDatabase): Transaction {
  const rollback = (): void => {
    // Some faults, such as a full disk, make the engine roll back by itself.
    if (db.isTransaction) db.exec('rollback')
  }
  return {
    begin() {
      rollback()
      // Takes the write lock at once: a transaction that reads first and then wants to write can be refused for good.
      db.exec('begin immediate')
    },
    commit: () => db.exec('commit'),
    rollback,
  }
}

function insertRow(sql: SqliteStatements, { id, owner, version, createdAt, expiresAt, data }: Row): number {
  if (changesIn(sql.insert.run(id, owner, version, createdAt, expiresAt, data)) === 0) return 0
  return owner === null ? 1 : Number(Object(sql.count.get(owner)).count)
}

function scanRows(sql: SqliteStatements, range: ScanRange): Row[] {
  const place = scanPlace(range)
  const records =
    place === undefined || place.expiresAt < range.from
      ? sql.scan.all(range.from, range.to, range.limit + 1)
      : sql.scanOn.all(place.expiresAt, place.id, range.to, range.limit + 1)
  return records.map(toStoredRow)
}

const changesIn = (result: unknown): number => Number(Object(result).changes)

const toRow = (record: unknown): Row | undefined => (record === undefined ? undefined : toStoredRow(record))

/** The table is STRICT, so the columns have these types; a fresh object, because the driver's have no prototype. */
function toStoredRow(record: unknown): Row {
  const { id, owner, version, createdAt, expiresAt, data } = record as Row
  return { id, owner, version, createdAt, expiresAt, data }
}
