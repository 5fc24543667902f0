import type { Changed, Watch, Watching } from '../signal/signal.js'
import { changeLog } from './change-log.js'
import type { SqliteDatabase, SqliteStatement } from './sqlite-driver.js'

export interface SqliteWatching extends Watching {
  /** Call inside the transaction of the change: other processes hear of it by the commit, watches of this one at once. */
  announce(id: string, version: number): void
}

/** A watch that has left more than this unread forgets everything instead, as one in this process does (`change-log.ts`). */
const MOST_UNREAD = 1_000
/** Changes that stay in the table: ten seconds of the most a disk takes. About a megabyte. */
const KEPT = 10_000
/** The table is cut back at every so many changes, so that hardly any of them pays for it. */
const CUT_EVERY = 128
const NOTHING: readonly Changed[] = Object.freeze([])

interface Place {
  /** `pragma data_version`: another number after each commit by another connection. https://sqlite.org/pragma.html#pragma_data_version */
  readonly data: number
  /** The last change that was read. */
  readonly seq: number
}

interface Statements {
  readonly data: SqliteStatement
  readonly last: SqliteStatement
  readonly after: SqliteStatement
  readonly add: SqliteStatement
  readonly cut: SqliteStatement
}

/** `table` comes from `migrateSqlite`. A row that was taken out has no version there. */
function prepare(db: SqliteDatabase, table: string): Statements {
  return {
    data: db.prepare('pragma data_version'),
    last: db.prepare(`select coalesce(max(seq), 0) as seq from ${table}`),
    after: db.prepare(`select seq, id, version from ${table} where seq > ? order by seq limit ?`),
    add: db.prepare(`insert into ${table} (id, version) values (?, ?)`),
    cut: db.prepare(`delete from ${table} where seq <= ?`),
  }
}

/**
 * Tells what any connection of this host has changed in the file. Whoever has been answered a change has committed it, and
 * a commit changes `data_version` for all others at once, so what is asked from then on finds it. Writers are one after the
 * other in SQLite, so the numbers of the changes are in the order of the commits and without gaps.
 */
export function sqliteWatching(db: SqliteDatabase, table: string): SqliteWatching {
  const sql = prepare(db, table)
  const log = changeLog()
  const dataVersion = (): number => Number(Object(sql.data.get()).data_version)

  /** What others have changed since `place`; where this connection is now goes to `move`. */
  function changesSince(place: Place, move: (to: Place) => void): readonly Changed[] | 'all' {
    // Before the table: a commit between the two is read now and once more the next time.
    const data = dataVersion()
    if (data === place.data) return NOTHING
    const records = sql.after.all(place.seq, MOST_UNREAD + 1) as { seq: number; id: string; version: number | null }[]
    const isWhole = records.length <= MOST_UNREAD && (records[0] === undefined || records[0].seq === place.seq + 1)
    if (!isWhole) {
      move({ data, seq: lastSeq() })
      return 'all'
    }
    move({ data, seq: records.at(-1)?.seq ?? place.seq })
    return records.map(({ id, version }) => ({ id, version: version ?? Number.POSITIVE_INFINITY }))
  }
  const lastSeq = (): number => Number(Object(sql.last.get()).seq)

  return Object.freeze<SqliteWatching>({
    announce(id, version) {
      const { lastInsertRowid } = Object(sql.add.run(id, version === Number.POSITIVE_INFINITY ? null : version))
      const seq = Number(lastInsertRowid)
      if (seq % CUT_EVERY === 0) sql.cut.run(seq - KEPT)
      // Here and not after the commit: nothing of this process can read between this line and it.
      log.changed(id, version)
    },
    watch(): Watch {
      const own = log.watch()
      let place: Place | undefined
      return Object.freeze({
        unheard(): readonly Changed[] | 'all' {
          const mine = own.unheard()
          try {
            if (place === undefined) {
              const data = dataVersion()
              place = { data, seq: lastSeq() }
              return 'all'
            }
            const others = changesSince(place, (to) => {
              place = to
            })
            if (mine === 'all' || others === 'all') return 'all'
            return mine.length === 0 ? others : [...mine, ...others]
          } catch {
            // Nobody can say what was changed, so everything is read again; those reads wait for the file, or say what is wrong with it.
            place = undefined
            return 'all'
          }
        },
        close: own.close,
      })
    },
  })
}
