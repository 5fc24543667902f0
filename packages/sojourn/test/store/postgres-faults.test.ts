import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type PostgresStoreOptions, postgresStore } from '../../src/store/postgres.js'
import type { ReplicatedStore, Row, ScannableStore } from '../../src/store/store.js'
import { nextRow, sampleRow, unique } from '../../src/testing/contract/sample.js'
import { PASSWORD, type PostgresServer, startPostgres } from '../servers/postgres.js'
import { smallDisk } from '../servers/postgres-disk.js'
import { cutConnections, faultOf, PATIENT, untilAnswered, verbsOf } from './postgres-verbs.js'

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

describe('postgresStore throws STORE_UNAVAILABLE', () => {
  it('when somebody else holds a lock for too long, while reads and other writes go on', async () => {
    const store = await open({ timeout: 2_000 })
    const owner = unique()
    const row = sampleRow({ owner })
    await store.insert(row)
    const other = new Client(server.url)
    await other.connect()
    onTestFinished(() => other.end())
    await other.query('begin')
    await other.query('select from sojourn_rows where id = $1 for update', [row.id])
    await other.query(`select pg_advisory_xact_lock(hashtextextended($1, 6006914710))`, [owner])
    const [replacing, inserting] = [store.replace(nextRow(row)), store.insert(sampleRow({ owner }))]
    const locked = Promise.all([replacing, inserting].map((verb) => faultOf(verb)))
    expect(await store.list(owner)).toHaveLength(1)
    expect(await store.insert(sampleRow({ owner: unique() }))).toBe(1)
    for (const fault of await locked) expect(fault).toMatchObject({ cause: expect.stringMatching(/^(?:55P03|57014)$/) })
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
    await cutConnections(server)
    await untilAnswered(() => store.get('x'))
    // A write may meet one of the cut connections first, which is a fault of another kind.
    await expect.poll(async () => (await faultOf(store.insert(sampleRow()))).cause, PATIENT).toBe('25006')
    expect(await faultOf(store.insert(sampleRow()))).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: '25006' })
    expect(await faultOf(store.replace(sampleRow()))).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: '25006' })
  })

  it('when its password does not hold any more, or the server has no connection left', async () => {
    await server.sql(`create role guest superuser login password '${PASSWORD}'`)
    const store = await open({ url: server.url.replace('//postgres:', '//guest:') })
    await server.sql(`alter role guest password 'changed'`)
    await cutConnections(server)
    await expect.poll(async () => (await faultOf(store.insert(sampleRow()))).cause, PATIENT).toBe('28P01')
    await expect.poll(async () => (await faultOf(store.get('x'))).cause, PATIENT).toBe('28P01')
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
    onTestFinished(disk.remove)
    onTestFinished(async () => {
      await server.sql('drop schema if exists small cascade')
      await server.sql('drop tablespace if exists tight')
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
})
