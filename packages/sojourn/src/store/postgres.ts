import { copyRow } from './copy-row.js'
import { postgresChannels } from './postgres/channels.js'
import type { PostgresQuery } from './postgres/driver.js'
import { PostgresFault, replacedFault, standbyFault } from './postgres/fault.js'
import { openGate } from './postgres/gate.js'
import { postgresNames } from './postgres/names.js'
import { openPostgres } from './postgres/open.js'
import { type PostgresStoreOptions, postgresSettings } from './postgres/options.js'
import { toRow } from './postgres/row.js'
import { settleCommits } from './postgres/settle-commits.js'
import { signalStatements } from './postgres/signal-statements.js'
import { standbyWatch } from './postgres/standby-watch.js'
import { postgresStatements } from './postgres/statements.js'
import { scanPage, scanPlace } from './scan-cursor.js'
import type { ReplicatedStore, Row, ScannableStore, TimedStore } from './store.js'

export type { PostgresClient, PostgresNotice, PostgresPool, PostgresQuery, PostgresResult, Queryable } from './postgres/driver.js'
export { type LosesLogouts, loseLogoutsWhenTheServerCrashes } from './postgres/lose-logouts-when-the-server-crashes.js'
export { type PostgresMigration, postgresMigrations } from './postgres/migrations.js'
export type { PostgresStoreOptions } from './postgres/options.js'

type Records = readonly (readonly unknown[])[]

/**
 * A store in Postgres 13 or later, which any number of processes can share. Works on the primary only, and also behind
 * PgBouncer in session or transaction mode. Each verb is one round trip, and a write is answered when it is on the disk and
 * on the synchronous standbys, whatever `synchronous_commit` the role or the database have.
 *
 * Throws `CONFIG_INVALID` for options, servers and schemas it cannot use, `STORE_UNAVAILABLE` for whatever the server or
 * the way to it refuses; whether a write that was refused so was done is then unknown.
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<ScannableStore & ReplicatedStore & TimedStore> {
  const settings = postgresSettings(options)
  const { timeout, patience, prefix, schema, prepare, replicas } = settings
  const names = postgresNames(prefix, schema)
  const connections = await openPostgres(settings, names)
  const statements = postgresStatements(names, prepare, patience)
  const gate = openGate()
  let closing: Promise<void> | undefined

  const readRecords = (query: PostgresQuery): Promise<Records> =>
    connections.read(async (client) => {
      const { rows } = await client.query(query)
      const started = rows[0]?.[0]
      if (typeof started !== 'number') throw standbyFault()
      if (!channels.fits(started)) throw replacedFault()
      return rows.map((record) => record.slice(1))
    }, timeout)
  const read = (query: PostgresQuery): Promise<Row[]> =>
    gate.pass(async () => (await readRecords(query)).filter(([id]) => id !== null).map(toRow))

  const committing = standbyWatch(connections.alone, async () => Number((await readRecords(statements.waiting()))[0]?.[0]))
  const write = async (query: PostgresQuery): Promise<Records> => (await committing((client) => client.query(query), timeout)).rows
  const writeOne = (query: PostgresQuery): Promise<unknown> =>
    gate.pass(async () => {
      const [record] = await write(query)
      // A driver that answers nothing must not read as a no.
      if (record === undefined) throw new PostgresFault('EMPTY', 'the driver gave no answer')
      return record[0]
    })
  const signals = signalStatements(names, patience)
  const channels = postgresChannels({ ...settings, ...connections, connect: connections.keep, signals, gate, committing })

  return Object.freeze<ScannableStore & ReplicatedStore & TimedStore>({
    channels,
    // Copied now: the bytes are sent later, and what the caller does to its array until then must change nothing.
    insert: async (row) => Number(await writeOne(statements.insert(copyRow(row)))),
    get: async (id) => (await read(statements.get(id)))[0],
    async replace(row, message) {
      const isDone = (await writeOne(statements.replace(copyRow(row), message))) === true
      if (isDone && message !== undefined) channels.said()
      return isDone
    },
    async remove(id, version, message) {
      const [row] = (await gate.pass(() => write(statements.remove(id, version, message)))).map(toRow)
      if (row !== undefined && message !== undefined) channels.said()
      return row
    },
    list: (owner) => read(statements.list(owner)),
    async scan(range) {
      const place = scanPlace(range)
      const isFirst = place === undefined || place.expiresAt < range.from
      return scanPage(await read(isFirst ? statements.scan(range) : statements.scanOn(range, place)), range.limit)
    },
    now: () => gate.pass(async () => Number((await readRecords(statements.clock()))[0]?.[0])),
    settle: () => gate.pass(() => settleCommits(replicas > 0 ? committing : connections.alone, replicas, timeout)),
    close() {
      // A pool that is being ended does not serve those who wait for a connection, so they come first.
      closing ??= gate.shut().then(() => connections.close())
      return closing
    },
  })
}
