import type { Millis } from '../../clock.js'
import { MAX_PAGE_ROWS } from '../scan-cursor.js'
import type { Row, ScanRange } from '../store.js'
import type { PostgresQuery } from './driver.js'
import type { PostgresNames } from './names.js'
import { COLUMNS, TYPES } from './row.js'

export interface PostgresStatements {
  /** One number: how many rows the owner has now, 0 if the id is taken. */
  insert(row: Row): PostgresQuery
  /** One truth value: whether the version before was there. */
  replace(row: Row, message: string | undefined): PostgresQuery
  /** At most one row. */
  remove(id: string, version: number | undefined, message: string | undefined): PostgresQuery
  /**
   * As all reads below: at least one record. Its first value is when the server was started, in microseconds, or null on a
   * standby; the others are a row or all null.
   */
  get(id: string): PostgresQuery
  list(owner: string): PostgresQuery
  /** One row more than the limit tells that the walk goes on. */
  scan(range: ScanRange): PostgresQuery
  scanOn(range: ScanRange, place: { readonly expiresAt: Millis; readonly id: string }): PostgresQuery
  /** How many commits of this role wait for a synchronous standby. */
  waiting(): PostgresQuery
  /** The clock of the server, in milliseconds. */
  clock(): PostgresQuery
}

/**
 * A read must not be answered by a standby, nor by another server than the one whose changes are heard, and the answer itself
 * tells: also behind a pooler that changes servers unseen.
 */
const STARTED = `case when not pg_is_in_recovery() then (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint end`

const reading = (rows: string, order = ''): string =>
  `select ${STARTED}, ${COLUMNS} from (select 1) as one left join ${rows} on true${order && ` order by ${order}`}`

/**
 * The statements on one table. What stays for the life of a connection is refused or lost behind a pooler that hands
 * connections on after each transaction, so statements have a name only where `prepare` says that there is none; what is
 * planned inside the functions stays planned either way. `patience` is how long the server may wait for a lock.
 */
export function postgresStatements(names: PostgresNames, prepare: boolean, patience: Millis): PostgresStatements {
  const make = (thing: string, text: string) => {
    const fixed = { text, rowMode: 'array', types: TYPES, ...(prepare ? { name: names.full(thing) } : {}) } as const
    return (...values: unknown[]): PostgresQuery => ({ ...fixed, values })
  }
  const { rows } = names
  const insert = make('insert', `select ${names.full('insert')}($1, $2, $3, $4, $5, $6, $7)`)
  const replace = make('replace', `select ${names.full('replace')}($1, $2, $3, $4, $5, $6, $7)`)
  const remove = make('remove', `select ${COLUMNS} from ${names.full('remove')}($1, $2, $3, $4)`)
  const get = make('get', reading(`(select ${COLUMNS} from ${rows} where id = $1) as found`))
  const list = make('list', reading(`(select ${COLUMNS} from ${rows} where owner = $1) as found`, 'created_at, id'))
  const page = (where: string, limit: string): string =>
    reading(`(select ${COLUMNS} from ${rows} where ${where} order by expires_at, id limit ${limit}) as found`, 'expires_at, id')
  const scan = make('scan', page('expires_at >= $1 and expires_at < $2', '$3'))
  const scanOn = make('scan_on', page('(expires_at, id) > ($1, $2) and expires_at < $3', '$4'))
  const waiting = make(
    'waiting',
    `select ${STARTED}, count(*) from pg_stat_activity where usename = current_user and wait_event = 'SyncRep'`,
  )
  const clock = make('clock', `select ${STARTED}, floor(extract(epoch from clock_timestamp()) * 1000)`)
  const more = ({ limit }: ScanRange): number => Math.min(limit, MAX_PAGE_ROWS) + 1

  return {
    insert: (row) => insert(row.id, row.owner, row.version, row.createdAt, row.expiresAt, row.data, patience),
    replace: (row, message) => replace(row.id, row.owner, row.version, row.expiresAt, row.data, message ?? null, patience),
    remove: (id, version, message) => remove(id, version ?? null, message ?? null, patience),
    get: (id) => get(id),
    list: (owner) => list(owner),
    scan: (range) => scan(range.from, range.to, more(range)),
    scanOn: (range, place) => scanOn(place.expiresAt, place.id, range.to, more(range)),
    waiting: () => waiting(),
    clock: () => clock(),
  }
}

/** A statement without a name and values: for what runs once. */
export const once = (text: string, ...values: unknown[]): PostgresQuery => ({
  text,
  rowMode: 'array',
  types: TYPES,
  ...(values.length === 0 ? {} : { values }),
})
