import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isSessionError } from '../../src/errors.js'
import { loadPostgres } from '../../src/store/postgres/driver.js'
import { synchronousStandbys } from '../../src/store/postgres/server.js'
import { loseLogoutsWhenTheServerCrashes, type PostgresStoreOptions, postgresMigrations, postgresStore } from '../../src/store/postgres.js'
import type { ReplicatedStore, ScannableStore } from '../../src/store/store.js'
import { sampleRow, textOf } from '../../src/testing/contract/sample.js'
import { PASSWORD, type PostgresServer, startPostgres, startStandby } from '../servers/postgres.js'
import { freePort } from '../servers/postgres-process.js'
import { PATIENT } from './postgres-verbs.js'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ settings: { wal_level: 'replica' } })
})
afterAll(() => server?.close())

async function open(options: Partial<PostgresStoreOptions> = {}): Promise<ScannableStore & ReplicatedStore> {
  const store = await postgresStore({ ...(options.pool ? {} : { url: server.url }), ...options })
  onTestFinished(() => store.close())
  return store
}

/** What the start came to, with everything that a log would show of it. */
async function refusal(options: PostgresStoreOptions): Promise<{ readonly code: string; readonly path: string; readonly text: string }> {
  const fault: unknown = await postgresStore(options).then(
    (store) => store.close(),
    (thrown: unknown) => thrown,
  )
  if (!isSessionError(fault)) throw new Error(`not refused: ${String(fault)}`)
  const { code, path = '', message, cause } = fault
  return { code, path, text: `${message} | ${String(cause)} | ${JSON.stringify(cause)}` }
}

describe('postgresStore refuses at the start', () => {
  const url = 'postgres://a@127.0.0.1/b'
  const pool = { connect: () => Promise.reject(new Error('never asked')) }
  const bad: readonly (readonly [string, object])[] = [
    ['url', {}],
    ['url', { url, pool }],
    ['url', { url: 'mysql://a@127.0.0.1/b' }],
    ['url', { url: `postgres://a:${PASSWORD}@127.0.0.1:99999/b` }],
    ['pool', { pool: {} }],
    ['prefix', { url, prefix: 'x; drop table y' }],
    ['prefix', { url, prefix: 'a"b' }],
    ['prefix', { url, prefix: 'Upper' }],
    ['prefix', { url, prefix: '1st' }],
    ['prefix', { url, prefix: 'a\n' }],
    ['prefix', { url, prefix: 'a'.repeat(32) }],
    ['prefix', { url, prefix: ['a'] }],
    ['schema', { url, schema: '' }],
    ['schema', { url, schema: 'public.x' }],
    ['timeout', { url, timeout: 0 }],
    ['timeout', { url, timeout: Number.NaN }],
    ['poolSize', { url, poolSize: 2 }],
    ['migrate', { url, migrate: 'never' }],
    ['replicas', { url, replicas: -1 }],
    ['unsafe', { url, unsafe: true }],
  ]
  it.each(bad)('a bad %s: %j', async (path, options) => {
    const refused = await refusal(options as PostgresStoreOptions)
    expect(refused).toMatchObject({ code: 'CONFIG_INVALID', path })
    expect(refused.text).not.toContain(PASSWORD)
  })

  it('without the driver, and says what to run', async () => {
    const missing = loadPostgres(() => Promise.reject(new Error('Cannot find package')))
    await expect(missing).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(/npm i pg/) })
    await expect(loadPostgres(() => Promise.resolve({}))).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it.each([
    ['a wrong password', () => from(PASSWORD, 'guess-0815'), /refused the user or the password/],
    ['an unknown user', () => from('//postgres:', '//nobody-4242:'), /refused the user or the password/],
    ['an unknown database', () => from(/\/postgres$/, '/nowhere-4242'), /no such database/],
  ])('with %s, and tells neither the address nor the password', async (_, address, words) => {
    const refused = await refusal({ url: address() })
    expect(refused.code).toBe('STORE_UNAVAILABLE')
    expect(refused.text).toMatch(words)
    expect(refused.text).not.toMatch(/guess-0815|open-sesame|127\.0\.0\.1|4242/)
  })

  it('where nobody listens', async () => {
    const refused = await refusal({ url: from(`:${server.port}`, `:${await freePort()}`) })
    expect(refused).toMatchObject({ code: 'STORE_UNAVAILABLE', text: expect.stringContaining('ECONNREFUSED') })
  })

  it('a standby', async () => {
    const standby = await startStandby(server, 'asked')
    onTestFinished(() => standby.close())
    const refused = await refusal({ url: standby.url })
    expect(refused).toMatchObject({ code: 'STORE_UNAVAILABLE', text: expect.stringContaining('standby') })
  })

  it('more replicas than a commit waits for, and says what to set', async () => {
    const refused = await refusal({ url: server.url, replicas: 2 })
    expect(refused).toMatchObject({ code: 'CONFIG_INVALID', path: 'replicas' })
    expect(refused.text).toContain("ALTER SYSTEM SET synchronous_standby_names = 'ANY 2 (*)'; SELECT pg_reload_conf()")
  })

  it.each([
    ['', 0],
    ['  ', 0],
    ['a', 1],
    ['*', 1],
    ['a, b', 1],
    ['2 (a, b)', 2],
    ['FIRST 1 (a, b)', 1],
    ['any 3 (a, b, "c d")', 3],
    ['ANY 12(*)', 12],
  ])('by counting what a commit waits for: %j means %i', (names, count) => {
    expect(synchronousStandbys(names)).toBe(count)
  })

  it('a role at whose isolation level rows cannot be counted, also when it is set later', async () => {
    await server.sql(`create role strict superuser login password '${PASSWORD}'`)
    const strict = from('//postgres:', '//strict:')
    const before = await open({ url: strict })
    await server.sql(`alter role strict set default_transaction_isolation = 'repeatable read'`)
    expect(await refusal({ url: strict })).toMatchObject({ code: 'CONFIG_INVALID', text: expect.stringContaining('ALTER ROLE') })
    await server.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'strict'`)
    await expect(before.get('x'))
      .rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      .catch(() => undefined)
    await expect(before.insert(sampleRow())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(before.insert(sampleRow())).rejects.toMatchObject({ cause: { code: '25000' } })
  })

  it('a server that does not write through, unless it is told so in frightening words', async () => {
    const careless = await startPostgres({ settings: { fsync: 'off' } })
    onTestFinished(() => careless.close())
    expect(await refusal({ url: careless.url })).toMatchObject({ code: 'CONFIG_INVALID', text: expect.stringContaining('fsync') })
    const store = await open({ url: careless.url, unsafe: loseLogoutsWhenTheServerCrashes() })
    expect(await store.insert(sampleRow())).toBe(1)
    expect(await store.settle('ab')).toBe('stored')
  })
})

describe('the schema of postgresStore', () => {
  it('of a newer release is refused and left alone', async () => {
    await open({ prefix: 'newer_' })
    await server.sql(`insert into newer_sojourn_migrations (version, name) values (99, 'from the future')`)
    for (const migrate of ['run', 'check'] as const) {
      const refused = await refusal({ url: server.url, prefix: 'newer_', migrate })
      expect(refused).toMatchObject({ code: 'CONFIG_INVALID', text: expect.stringContaining('made by a newer Sojourn') })
    }
    expect(await server.sql('select max(version) from newer_sojourn_migrations')).toEqual([{ max: 99 }])
  })

  it('is not made by a start that only checks it', async () => {
    expect(await refusal({ url: server.url, prefix: 'checked_', migrate: 'check' })).toMatchObject({
      code: 'CONFIG_INVALID',
      path: 'migrate',
    })
    expect(await server.sql(`select to_regclass('checked_sojourn_rows') as found`)).toEqual([{ found: null }])
  })

  it('can be made by an administrator for a role that may not make tables', async () => {
    await server.sql(`create role clerk login password '${PASSWORD}'`)
    const clerk = from('//postgres:', '//clerk:')
    expect(await refusal({ url: clerk, schema: 'vault' })).toMatchObject({ code: 'CONFIG_INVALID', path: 'migrate' })
    for (const { sql } of postgresMigrations('', 'vault')) await server.sql(`begin; ${sql} commit`)
    await server.sql('grant usage on schema vault to clerk; grant select on vault.sojourn_migrations to clerk')
    expect(await refusal({ url: clerk, schema: 'vault', migrate: 'check' })).toMatchObject({
      code: 'CONFIG_INVALID',
      text: expect.stringContaining('GRANT SELECT, INSERT, UPDATE, DELETE ON "vault".sojourn_rows'),
    })
    const tables = ['rows', 'messages', 'nodes', 'register'].map((name) => `vault.sojourn_${name}`)
    await server.sql(`grant select, insert, update, delete on ${tables.join(', ')} to clerk`)
    const store = await open({ url: clerk, schema: 'vault', migrate: 'check' })
    const row = sampleRow({}, 'by the clerk')
    await store.insert(row)
    expect(textOf(await store.remove(row.id))).toBe('by the clerk')
    expect(await store.channels?.of(row.id)?.register('clerk', 1_000, 'beat')).toMatchObject({ isDurable: true })
  })

  it('fails as a whole, and can be made again', async () => {
    await server.sql('create table half_sojourn_rows_owner (a integer)')
    expect(await refusal({ url: server.url, prefix: 'half_' })).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await server.sql(`select to_regclass('half_sojourn_rows') as found`)).toEqual([{ found: null }])
    await server.sql('drop table half_sojourn_rows_owner')
    expect(await (await open({ prefix: 'half_' })).insert(sampleRow())).toBe(1)
  })

  it('holds several applications, each under its prefix or in its schema [STO-8 ATK-055]', async () => {
    const pool = new Pool({ connectionString: server.url })
    onTestFinished(() => pool.end())
    const options = [{ prefix: 'one_' }, { prefix: 'two_' }, { schema: 'three' }, { schema: 'select', prefix: '_' }]
    const stores = await Promise.all(options.map((names) => open({ pool, prepare: true, ...names })))
    const row = sampleRow()
    expect(await Promise.all(stores.map((store) => store.insert(row)))).toEqual([1, 1, 1, 1])
    await stores[0]?.remove(row.id)
    expect(await Promise.all(stores.map(async (store) => (await store.get(row.id))?.id))).toEqual([undefined, row.id, row.id, row.id])
  })

  it('answers every read by an index', async () => {
    const store = await open({ prefix: 'plan_' })
    await server.sql(`insert into plan_sojourn_rows
      select 'ab' || i, case when i % 3 > 0 then 'ab' || i / 5 end, 1, i, 1000 + i, '\\x00' from generate_series(1, 20000) as i; analyze plan_sojourn_rows`)
    const plan = async (where: string): Promise<string> =>
      JSON.stringify(await server.sql(`explain select * from plan_sojourn_rows where ${where}`))
    const reads = {
      id: `id = 'ab7'`,
      owner: `owner = 'ab7' order by created_at, id`,
      expiry: `(expires_at, id) > (1, '1') and expires_at < 5000 order by expires_at, id limit 3`,
    }
    for (const [index, where] of Object.entries(reads)) {
      expect(await plan(where)).toContain(`plan_sojourn_rows_${index}`)
      expect(await plan(where)).not.toMatch(/Seq Scan/)
    }
    await store.list('ab7')
    await store.scan({ from: 1_000, to: 9_000, limit: 100 })
    await store.get('ab7')
    const [scans] = await server.sql(`select seq_scan from pg_stat_user_tables where relname = 'plan_sojourn_rows'`)
    expect(Number(scans?.seq_scan), 'one for the indexes, one for the analysis at most').toBeLessThanOrEqual(3)
  })

  it('lets a replacement stay beside its row when nothing moves but its bytes', async () => {
    const store = await open({ prefix: 'hot_' })
    const row = sampleRow({ owner: 'abhot', data: new Uint8Array(300) })
    await store.insert(row)
    for (let version = 2; version <= 9; version++) await store.replace({ ...row, version })
    await store.close()
    await expect
      .poll(
        () =>
          server.sql(`select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'hot_sojourn_rows'`),
        PATIENT,
      )
      .toEqual([{ all: 8, hot: 8 }])
  })
})

describe('a pool of the caller', () => {
  it('is never ended, and its way of reading values does not matter', async () => {
    const types = { getTypeParser: () => () => 'nonsense' }
    const pool = new Pool({ connectionString: server.url, types, max: 2 })
    onTestFinished(() => pool.end())
    const store = await open({ pool })
    const row = sampleRow({ owner: 'abgiven' }, 'kept')
    expect(await store.insert(row)).toBe(1)
    expect(await store.get(row.id)).toEqual({ ...row, data: Buffer.from('kept') })
    await store.close()
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 'nonsense' }])
    expect(pool.idleCount).toBe(pool.totalCount)
  })
})

/** The address of the server with a part of it exchanged. */
function from(find: string | RegExp, put: string): string {
  return server.url.replace(find, put)
}
