import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isSessionError } from '../../src/errors.js'
import { type PostgresStoreOptions, postgresStore } from '../../src/store/postgres.js'
import type { ReplicatedStore, Row, ScannableStore } from '../../src/store/store.js'
import { nextRow, sampleRow, unique } from '../../src/testing/contract/sample.js'
import { fakeClock } from '../../src/testing/index.js'
import { type PostgresServer, startPostgres } from '../servers/postgres.js'
import { cutConnections, expectAllRefused, faultOf, PATIENT, untilAnswered, verbsOf } from './postgres-verbs.js'

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
    await expect.poll(() => promised.length, PATIENT).toBeGreaterThan(200)
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
      await cutConnections(server)
      for (const outcome of await outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      }
      expect(await untilAnswered(() => store.insert(sampleRow()))).toBe(1)
      expect(await untilAnswered(() => store.get('x'))).toBeUndefined()
    }
  })

  it('when the server stands still for as long as a verb may take, and never uses those connections again', async () => {
    const clock = fakeClock()
    const store = await open({ clock, timeout: 1_000, poolSize: 3 })
    const row = sampleRow({ owner: unique() })
    await store.insert(row)
    const verbs = verbsOf(store, row)
    await Promise.all(Object.values(verbs).map((verb) => verb()))
    await store.insert(row)
    const pids = async (): Promise<readonly unknown[]> =>
      (await server.sql(`select pid from pg_stat_activity where application_name = 'sojourn'`)).map(({ pid }) => pid)
    const before = await pids()
    expect(before).toHaveLength(3)
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
    await untilAnswered(() => store.get(row.id))
    await untilAnswered(() => store.insert(sampleRow()))
    await expect.poll(async () => (await pids()).filter((pid) => before.includes(pid)), PATIENT).toEqual([])
  })

  it('at once when too many are waiting already [AVL-2]', async () => {
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
    await untilAnswered(() => store.get('x'))
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
      .poll(
        () =>
          server.sql(`select count(*)::int as open from pg_stat_activity where application_name = 'sojourn' and query like '%sojourn%'`),
        PATIENT,
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
