import { loadDriver } from './sqlite-driver.mjs'

const TABLE = 'sojourn_rows'
/** Rows that are made by one statement out of those that are there. */
const AT_ONCE = 500_000

const namesOf = (db) =>
  db.prepare(`select name, sql from sqlite_master where type = 'index' and tbl_name = '${TABLE}' and sql is not null`).all()

/**
 * Fills the file of an embedded store up to `count` rows, with copies of those in it under ids and owners that nobody has: as
 * large as real ones, and opened by nobody. The indexes are made anew in the end, which takes a tenth of the time.
 */
export async function padStore(path, count) {
  const { DatabaseSync } = await loadDriver()
  const db = new DatabaseSync(path)
  try {
    db.exec('pragma synchronous = off; pragma cache_size = -1000000')
    const indexes = namesOf(db)
    for (const { name } of indexes) db.exec(`drop index ${name}`)
    const { have } = db.prepare(`select count(*) as have from ${TABLE}`).get()
    const copy = db.prepare(`
      insert into ${TABLE} (id, owner, version, created_at, expires_at, data)
      select substr(id, 1, 2) || lower(hex(randomblob(11))), case when owner is null then null else substr(owner, 1, 2) || lower(hex(randomblob(11))) end,
        version, created_at, expires_at + abs(random() % 3600000), data
      from ${TABLE} where rowid <= ? limit ?`)
    for (let there = have; there < count; ) {
      const more = Math.min(AT_ONCE, there, count - there)
      copy.run(there, more)
      there += more
    }
    for (const { sql } of indexes) db.exec(sql)
    db.exec('analyze; pragma wal_checkpoint(truncate)')
  } finally {
    db.close()
  }
}
