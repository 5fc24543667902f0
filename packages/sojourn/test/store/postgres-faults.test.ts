import { Client, Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isSessionError } from '../../src/errors.js'
import { type PostgresStoreOptions, postgresStore } from '../../src/store/postgres.js'
import type { ReplicatedStore, Row, ScannableStore } from '../../src/store/store.js'
import { nextRow, sampleRow, unique } from '../../src/testing/contract/sample.js'
import { fakeClock } from '../../src/testing/index.js'
import { PASSWORD, type PostgresServer, smallDisk, startPostgres } from '../servers/postgres.js'

type Store = ScannableStore & ReplicatedStore

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.close())

async function open(options: Partial<PostgresStoreOptions> = {}): Promise<Store> {
  const store = await postgresStore({ ...(options.pool ? {} : { url: server.url }), ...options })
  onTestFinished(() => store.close())
  return store
}

const verbsOf = (store: Store, row: Row): Readonly<Record<string, () => Promise<unknown>>> => ({
  insert: () => store.insert({ ...row, id: unique() }),
  get: () => store.get(row.id),
  replace: () => store.replace(nextRow(row)),
  remove: () => store.remove(row.id),
  list: () => store.list(row.owner ?? ''),
  scan: () => store.scan({ from: 0, to: 8.64e15, limit: 10 }),
  settle: () => store.settle(row.id),
})

/** What a verb threw, with everything that a log would show of it. */
async function faultOf(verb: Promise<unknown>): Promise<{ readonly code: string; readonly cause: string; readonly text: string }> {
  const thrown: unknown = await verb.then(
    (answer) => `answered ${String(answer)}`,
    (fault: unknown) => fault,
  )
  if (!isSessionError(thrown)) throw new Error(`not refused: ${String(thrown)}`)
  const { cause } = thrown
  return { code: thrown.code, cause: Object(cause).code, text: `${thrown.message} | ${String(cause)} | ${JSON.stringify(cause)}` }
}

async function expectAllRefused(store: Store, row: Row, except: readonly string[] = []): Promise<void> {
  for (const [name, verb] of Object.entries(verbsOf(store, row))) {
    if (!except.includes(name)) expect(await faultOf(verb()), name).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  }
}

/** Asks again and again, as an engine does, until there is an answer. */
async function untilAnswered<T>(verb: () => Promise<T>, limit: number): Promise<T> {
  const end = performance.now() + limit
  for (;;) {
    try {
      return await verb()
    } catch (fault) {
      if (performance.now() > end) throw fault
    }
  }
}

const cutConnections = (): Promise<unknown> =>
  server.sql(`select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`)

describe('postgresStore throws STORE_UNAVAILABLE', () => {
  it('from every verb once it is closed, and closes twice', async () => {
    const store = await open()
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    await store.close()
    await store.close()
    await expectAllRefused(store, row)
  })

  it('from what is under way when the server is killed, and works by itself within three seconds of its return', async () => {
    const store = await open()
    const promised: Row[] = []
    let refused = 0
    const writeUntilRefused = async (): Promise<void> => {
      for (;;) {
        const row = sampleRow({ owner: unique(), data: new Uint8Array(300) })
        try {
          await store.insert(row)
          const next = nextRow(row)
          expect(await store.replace(next)).toBe(true)
          promised.push(next)
        } catch (fault) {
          if (!isSessionError(fault)) throw fault
          expect(fault.code).toBe('STORE_UNAVAILABLE')
          refused++
          return
        }
      }
    }
    const readUntilRefused = async (): Promise<void> => {
      for (;;) {
        try {
          await store.get('nothing')
        } catch (fault) {
          expect(fault).toMatchObject({ code: 'STORE_UNAVAILABLE' })
          refused++
          return
        }
      }
    }
    const load = [...Array.from({ length: 20 }, writeUntilRefused), ...Array.from({ length: 10 }, readUntilRefused)]
    await expect.poll(() => promised.length).toBeGreaterThan(200)
    await server.kill()
    await Promise.all(load)
    expect(refused).toBe(30)
    await expectAllRefused(store, sampleRow())
    await server.start()
    await untilAnswered(() => store.get('x'), 3_000)
    await untilAnswered(() => store.insert(sampleRow()), 3_000)
    const found = await Promise.all(promised.map(async ({ id }) => (await store.get(id))?.version))
    expect(found).toEqual(promised.map(({ version }) => version))
  })

  it('from what is under way when an administrator cuts its connections, and goes on', async () => {
    const pool = new Pool({ connectionString: server.url })
    // A pool whose owner does not listen ends the process when an idle connection breaks.
    pool.on('error', () => undefined)
    onTestFinished(() => pool.end())
    for (const store of [await open(), await open({ pool })]) {
      await Promise.all(Array.from({ length: 50 }, () => store.insert(sampleRow())))
      const outcomes = Promise.allSettled(
        Array.from({ length: 400 }, (_, place) => (place % 2 ? store.get('x') : store.insert(sampleRow()))),
      )
      await cutConnections()
      for (const outcome of await outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      }
      expect(await untilAnswered(() => store.insert(sampleRow()), 3_000)).toBe(1)
      expect(await untilAnswered(() => store.get('x'), 3_000)).toBeUndefined()
    }
  })

  it('when the server stands still for as long as a verb may take, and never uses those connections again', async () => {
    const clock = fakeClock()
    const store = await open({ clock, timeout: 1_000 })
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    const verbs = verbsOf(store, row)
    await Promise.all(Object.values(verbs).map((verb) => verb()))
    await store.insert(row)
    const pids = async (): Promise<readonly unknown[]> =>
      (await server.sql(`select pid from pg_stat_activity where application_name = 'sojourn'`)).map(({ pid }) => pid)
    const before = await pids()
    server.freeze()
    const outcomes: string[] = []
    const asking = Object.entries(verbs).map(async ([name, verb]) => {
      outcomes.push(
        await verb().then(
          () => `${name} answered`,
          (fault: unknown) => `${name} ${Object(fault).code}`,
        ),
      )
    })
    await clock.advance(999)
    expect(outcomes).toEqual([])
    await clock.advance(1)
    await Promise.all(asking)
    server.thaw()
    // How far the writes before have got cannot be told in time, which is an answer.
    const expected = Object.keys(verbs).map((name) => `${name} ${name === 'settle' ? 'answered' : 'STORE_UNAVAILABLE'}`)
    expect(outcomes.toSorted()).toEqual(expected.toSorted())
    await untilAnswered(() => store.get(row.id), 3_000)
    await untilAnswered(() => store.insert(sampleRow()), 3_000)
    expect((await pids()).filter((pid) => before.includes(pid)).length, 'connections that were idle may stay').toBeLessThan(before.length)
  })

  it('when somebody else holds a lock for too long, while reads and other writes go on', async () => {
    const store = await open({ timeout: 500 })
    const owner = unique()
    const row = sampleRow({ owner })
    await store.insert(row)
    const other = new Client(server.url)
    await other.connect()
    onTestFinished(() => other.end())
    await other.query('begin')
    await other.query('select from sojourn_rows where id = $1 for update', [row.id])
    await other.query(`select pg_advisory_xact_lock(hashtextextended($1, 6006914710))`, [owner])
    const [replacing, removing, inserting] = [store.replace(nextRow(row)), store.remove(row.id), store.insert(sampleRow({ owner }))]
    const locked = Promise.all([replacing, removing, inserting].map((verb) => faultOf(verb)))
    expect(await store.list(owner)).toHaveLength(1)
    expect(await store.insert(sampleRow({ owner: unique() }))).toBe(1)
    const [replaced, removed, inserted] = await locked
    expect([replaced?.cause, inserted?.cause]).toEqual(['55P03', '55P03'])
    // It has waited behind the replacement first, and then for the lock itself.
    expect(removed?.cause).toMatch(/55P03|57014|LATE/)
    await other.query('rollback')
    expect(await store.remove(row.id), 'nothing was done').toEqual({ ...row, data: Buffer.from(row.data) })
    expect(await store.insert(sampleRow({ owner }))).toBe(1)
  })

  it('when the server takes no writes, while reads go on', async () => {
    const store = await open()
    await server.sql('alter database postgres set default_transaction_read_only = on')
    onTestFinished(async () => {
      await server.sql('begin read write; alter database postgres reset default_transaction_read_only; commit')
    })
    await cutConnections()
    await untilAnswered(() => store.get('x'), 3_000)
    expect(await faultOf(store.insert(sampleRow()))).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: '25006' })
    expect(await faultOf(store.replace(sampleRow()))).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: '25006' })
  })

  it('when its password does not hold any more, or the server has no connection left', async () => {
    await server.sql(`create role guest superuser login password '${PASSWORD}'`)
    const store = await open({ url: server.url.replace('//postgres:', '//guest:') })
    await server.sql(`alter role guest password 'changed'`)
    await cutConnections()
    await expect.poll(async () => (await faultOf(store.insert(sampleRow()))).cause).toBe('28P01')
    await expect.poll(async () => (await faultOf(store.get('x'))).cause).toBe('28P01')
    expect((await faultOf(store.get('x'))).text).not.toMatch(/guest|open-sesame|changed|127\.0/)
    await server.sql(`alter role guest nosuperuser connection limit 0 password '${PASSWORD}'`)
    expect(await faultOf(store.get('x'))).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: '53300' })
  })

  it('for what the table cannot hold, without a word of what it was', async () => {
    const store = await open()
    const row = { ...sampleRow({ owner: unique() }), expiresAt: Number.NaN }
    const fault = await faultOf(store.insert(row))
    expect(fault).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: '22P02' })
    expect(fault.text).not.toMatch(/NaN/)
    expect(fault.text).not.toContain(row.id)
    expect(await store.get(row.id)).toBeUndefined()
  })

  it('when the tables are gone, and says so', async () => {
    const store = await open({ prefix: 'gone_' })
    await server.sql('drop table gone_sojourn_rows cascade')
    for (const verb of Object.values({ ...verbsOf(store, sampleRow()), settle: () => store.get('x') })) {
      expect((await faultOf(verb())).text).toMatch(/missing: run the migrations/)
    }
  })

  it('when the disk is full, and goes on when it has grown', async () => {
    const disk = smallDisk(8)
    // Mounting needs root; everything else about a refused statement is shown by the tests around this one.
    if (disk === undefined) return
    onTestFinished(async () => {
      await server.sql('drop schema if exists small cascade')
      await server.sql('drop tablespace tight')
      disk.remove()
    })
    await server.sql(`create tablespace tight location '${disk.folder}'`)
    await server.sql('create role tenant superuser login; alter role tenant set default_tablespace = tight')
    await server.sql(`alter role tenant password '${PASSWORD}'`)
    const store = await open({ url: server.url.replace('//postgres:', '//tenant:'), schema: 'small' })
    const kept: Row[] = []
    let fault: unknown
    while (fault === undefined && kept.length < 3_000) {
      const row = sampleRow({ data: new Uint8Array(8_000) })
      await store.insert(row).then(
        () => kept.push(row),
        (thrown: unknown) => {
          fault = thrown
        },
      )
    }
    expect(fault).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: { code: '53100' } })
    expect(kept.length).toBeGreaterThan(100)
    expect((await Promise.all(kept.map(async ({ id }) => (await store.get(id)) !== undefined))).every(Boolean)).toBe(true)
    expect(await store.remove(kept[0]?.id ?? '')).toBeDefined()
    disk.grow(16)
    expect(await store.insert(sampleRow({ data: new Uint8Array(8_000) }))).toBe(1)
  })

  it('at once when too many are waiting already', async () => {
    const clock = fakeClock()
    const store = await open({ clock })
    server.freeze()
    const outcomes = Array.from({ length: 16_500 }, () => store.get('x'))
    const settled = Promise.allSettled(outcomes)
    const last = await faultOf(outcomes.at(-1) ?? Promise.resolve())
    expect(last).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: 'BUSY' })
    await clock.advance(1_000)
    expect((await settled).every(({ status }) => status === 'rejected')).toBe(true)
    server.thaw()
    await untilAnswered(() => store.get('x'), 3_000)
  })
})

describe('closing postgresStore', () => {
  it('lets what is under way come to its end', async () => {
    const store = await open()
    const owner = unique()
    const inserting = Array.from({ length: 100 }, () => store.insert(sampleRow({ owner })))
    const reading = Array.from({ length: 100 }, () => store.get('x'))
    await store.close()
    expect((await Promise.all(inserting)).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, place) => place + 1))
    expect(await Promise.all(reading)).toEqual(Array.from({ length: 100 }, () => undefined))
    await expect
      .poll(() =>
        server.sql(`select count(*)::int as open from pg_stat_activity where application_name = 'sojourn' and query like '%sojourn%'`),
      )
      .toEqual([{ open: 0 }])
  })

  it('does not wait for a server that stands still', async () => {
    const clock = fakeClock()
    const store = await open({ clock })
    await Promise.all(Array.from({ length: 20 }, () => store.insert(sampleRow())))
    server.freeze()
    const closing = store.close()
    await clock.advance(1_000)
    await closing
    server.thaw()
  })
})
