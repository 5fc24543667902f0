import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createSessionManager } from '../../src/create-session-manager.js'
import type { Channel, Ears } from '../../src/signal/signal.js'
import {
  type PostgresClient,
  type PostgresQuery,
  type PostgresResult,
  type PostgresStoreOptions,
  postgresStore,
} from '../../src/store/postgres.js'
import type { ReplicatedStore, ScannableStore } from '../../src/store/store.js'
import { nextRow, sampleRow } from '../../src/testing/contract/sample.js'
import { startPgBouncer } from '../servers/pgbouncer.js'
import { type PostgresServer, startPostgres, startStandby } from '../servers/postgres.js'
import { PATIENT } from './postgres-verbs.js'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres({ settings: { wal_level: 'replica' } })
})
afterAll(() => server?.close())

type PostgresStore = ScannableStore & ReplicatedStore

async function open(options: Partial<PostgresStoreOptions> = {}): Promise<PostgresStore> {
  const store = await postgresStore({ ...(options.pool ? {} : { url: server.url }), ...PATIENT, ...options })
  onTestFinished(() => store.close())
  return store
}

function channelOf(store: PostgresStore): Channel {
  const channel = store.channels?.of('ab')
  if (channel === undefined) throw new Error('no channel')
  return channel
}

interface Heard {
  readonly messages: string[]
  readonly losses: unknown[]
  /** Resolves when this message has been heard. */
  until(message: string): Promise<void>
}

async function listenTo(channel: Channel): Promise<Heard> {
  const messages: string[] = []
  const losses: unknown[] = []
  let look = (): void => undefined
  const ears: Ears = {
    heard(message) {
      messages.push(message)
      look()
    },
    lost: (cause) => void losses.push(cause),
  }
  const listening = await channel.listen?.(ears)
  onTestFinished(async () => listening?.close())
  const until = (message: string): Promise<void> =>
    new Promise((resolve) => {
      look = (): void => {
        if (messages.includes(message)) resolve()
      }
      look()
    })
  return { messages, losses, until }
}

describe('the channel of postgresStore', () => {
  it('brings every message once to everybody who listens, the sender included', async () => {
    const [channel, other] = [channelOf(await open()), channelOf(await open())]
    const ears = [await listenTo(channel), await listenTo(other)]
    await Promise.all(Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? channel : other).send(`m${at}`)))
    await channel.send('last')
    for (const { messages, until } of ears) {
      await until('last')
      expect([...messages].sort()).toEqual([...Array.from({ length: 50 }, (_, at) => `m${at}`), 'last'].sort())
    }
  })

  it('sends what goes with a change only if the change was made', async () => {
    const store = await open()
    const heard = await listenTo(channelOf(store))
    const row = sampleRow()
    await store.insert(row)
    await store.replace(nextRow(row))
    expect(await store.replace(nextRow(row), 'not replaced')).toBe(false)
    expect(await store.remove(row.id, 1, 'not removed')).toBeUndefined()
    expect(await store.replace(nextRow(nextRow(row)), 'replaced')).toBe(true)
    expect(await store.remove(row.id, undefined, 'removed')).toBeDefined()
    await heard.until('removed')
    expect(heard.messages).toEqual(['replaced', 'removed'])
  })

  it('loses no message of a transaction that began before another one and was committed after it', async () => {
    const heard = await listenTo(channelOf(await open()))
    const pool = new Pool({ connectionString: server.url })
    onTestFinished(() => pool.end())
    const [slow, fast] = [await pool.connect(), await pool.connect()]
    await slow.query(`begin; insert into sojourn_messages (is_change, payload) values (true, 'slow')`)
    await fast.query(`insert into sojourn_messages (is_change, payload) values (false, 'fast')`)
    await heard.until('fast')
    expect(heard.messages).toEqual(['fast'])
    await slow.query('commit')
    await heard.until('slow')
    expect(heard.messages).toEqual(['fast', 'slow'])
    slow.release()
    fast.release()
  })

  it('tells of changes before the questions that were sent after them, however many come at once', async () => {
    const [store, other] = [await open(), await open()]
    const channel = channelOf(other)
    const heard = await listenTo(channelOf(store))
    for (let round = 0; round < 50; round++) {
      const row = sampleRow()
      await other.insert(row)
      await Promise.all([
        other.replace(nextRow(row), `change ${round}`).then(() => channel.call(`question ${round}`)),
        channel.register('node', 2_000, `beat ${round}`),
      ])
    }
    await channel.send('last')
    await heard.until('last')
    for (let round = 0; round < 50; round++) {
      expect(heard.messages.indexOf(`question ${round}`)).toBeGreaterThan(heard.messages.indexOf(`change ${round}`))
    }
    expect(heard.messages).toHaveLength(151)
  })

  it('knows who is registered, for how long still, and that it has always been the place', async () => {
    const prefix = 'members_'
    const [channel, other] = [channelOf(await open({ prefix })), channelOf(await open({ prefix }))]
    const first = await channel.register('one', 60_000, 'beat')
    expect(first.isDurable).toBe(true)
    expect(await other.register('two', 30_000, 'beat')).toEqual(first)
    await other.register('gone', 0, 'beat')
    const called = await other.call('question')
    expect(called.members.map(({ node }) => node).sort()).toEqual(['one', 'two'])
    expect(called.members.find(({ node }) => node === 'two')?.remaining).toBeLessThanOrEqual(30_000)
    expect(called.members.find(({ node }) => node === 'two')?.remaining).toBeGreaterThan(0)
    expect(Math.min(called.servesFor, called.registerAge)).toBeGreaterThan(60_000)
    await channel.leave('one')
    expect((await other.call('question')).members.map(({ node }) => node)).toEqual(['two'])
    await channel.leave('two')
    expect(await other.call('question')).toMatchObject({ members: [] })
  })

  it('says that its register is young when somebody has emptied it, and goes by another name then', async () => {
    const channel = channelOf(await open({ prefix: 'emptied_' }))
    const before = await channel.register('one', 1, 'beat')
    await server.sql('truncate emptied_sojourn_rows')
    const between = await channel.register('one', 1, 'beat')
    await server.sql('truncate emptied_sojourn_register')
    const after = await channel.register('one', 1, 'beat')
    expect(new Set([before, between, after].map(({ incarnation }) => incarnation)).size).toBe(3)
    const { servesFor, registerAge } = await channel.call('question')
    expect(registerAge).toBeLessThan(5_000)
    // On its first time line no other server can have taken its place.
    expect(servesFor).toBeGreaterThanOrEqual(registerAge)
  })

  it('takes no part in a transaction number that another server has given', async () => {
    const store = await open({ prefix: 'restored_' })
    await server.sql(`insert into restored_sojourn_messages values ('999999999999', false, 'from elsewhere')`)
    const heard = await listenTo(channelOf(store))
    await channelOf(store).send('ours')
    await heard.until('ours')
    expect(heard.messages).toEqual(['ours'])
    await server.sql('select restored_sojourn_trim(100)')
    expect(await server.sql('select payload from restored_sojourn_messages')).toEqual([{ payload: 'ours' }])
  })

  it('deletes what everybody could see a minute ago, and nothing that was committed since', async () => {
    const channel = channelOf(await open({ prefix: 'trim_' }))
    const payloads = async (): Promise<unknown[]> =>
      (await server.sql('select payload from trim_sojourn_messages order by txid')).map(({ payload }) => payload)
    const pool = new Pool({ connectionString: server.url, max: 1 })
    onTestFinished(() => pool.end())
    const slow = await pool.connect()
    await slow.query(`begin; insert into trim_sojourn_messages (is_change, payload) values (true, 'slow')`)
    for (let sent = 0; sent < 5; sent++) await channel.send(`old ${sent}`)
    await server.sql('select trim_sojourn_trim(3)')
    expect(await payloads()).toHaveLength(5)
    await server.sql('update trim_sojourn_register set trimmed_at = trimmed_at - 60000')
    await slow.query('commit')
    slow.release()
    await channel.send('new')
    expect(await server.sql('select trim_sojourn_trim(3) as more')).toEqual([{ more: true }])
    expect(await server.sql('select trim_sojourn_trim(3) as more')).toEqual([{ more: false }])
    expect(await payloads()).toEqual(['slow', 'new'])
  })

  it('counts as lost when the server was started again, with another name of its time', async () => {
    const own = await startPostgres()
    onTestFinished(() => own.close())
    const store = await open({ url: own.url })
    const channel = channelOf(store)
    const before = await channel.register('one', 60_000, 'beat')
    const heard = await listenTo(channel)
    await own.kill()
    await own.start()
    while (heard.losses.length === 0) await pause(10)
    expect(heard.losses).toHaveLength(1)
    let after = before
    while (after.incarnation === before.incarnation) after = await channel.register('one', 60_000, 'beat').catch(() => before)
    const { members, servesFor, registerAge } = await channel.call('question')
    expect(members.map(({ node }) => node)).toEqual(['one'])
    expect(servesFor).toBeLessThan(10_000)
    expect(registerAge).toBeGreaterThan(60_000)
  })

  it('counts as lost when the server is frozen', async () => {
    const own = await startPostgres()
    onTestFinished(() => own.close())
    const heard = await listenTo(channelOf(await open({ url: own.url })))
    own.freeze()
    const begun = performance.now()
    while (heard.losses.length === 0) await pause(10)
    expect(performance.now() - begun).toBeLessThan(3_000)
    own.thaw()
  })

  it('hears on a connection of a given pool, and only if there is one to spare', async () => {
    const pool = new Pool({ connectionString: server.url, max: 3 })
    onTestFinished(() => pool.end())
    const store = await open({ pool })
    expect(store.channels?.canListen).toBe(true)
    const heard = await listenTo(channelOf(store))
    await channelOf(store).send('hello')
    await heard.until('hello')
    const small = new Pool({ connectionString: server.url, max: 2 })
    onTestFinished(() => small.end())
    expect((await open({ pool: small })).channels?.canListen).toBe(false)
  })

  /** A pool of one server after another, whose answers can be changed on the way. */
  function switchedPool(first: string, second = first) {
    const pools = [first, second].map((connectionString) => new Pool({ connectionString, max: 5 }))
    onTestFinished(async () => void (await Promise.all(pools.map((pool) => pool.end()))))
    const state = { place: 0, later: 0 }
    const connect = async (): Promise<PostgresClient> => {
      const client = await (pools[state.place] ?? new Pool()).connect()
      const query = async (asked: PostgresQuery): Promise<PostgresResult> => {
        const answer: PostgresResult = await client.query(asked)
        if (!asked.text.includes('pg_current_snapshot')) return answer
        return { rows: answer.rows.map(([place, snapshot, at, ...rest]) => [place, snapshot, Number(at) + state.later, ...rest]) }
      }
      const wrapped: PostgresClient = {
        query,
        on: (event: 'error', listener) => client.on(event, listener as () => void),
        removeListener: (event: 'error', listener) => client.removeListener(event, listener as () => void),
        release: (close) => client.release(close),
      }
      return wrapped
    }
    return { state, pool: { connect } }
  }

  it('counts as lost when nobody has looked for so long that messages may have been deleted', async () => {
    const { state, pool } = switchedPool(server.url)
    const channel = channelOf(await open({ pool }))
    const heard = await listenTo(channel)
    state.later = 29_000
    await channel.send('in time')
    await heard.until('in time')
    expect(heard.losses).toEqual([])
    state.later = 60_000
    while (heard.losses.length === 0) await pause(10)
    expect(heard.losses).toHaveLength(1)
  })

  it('refuses what another server says than the one that is listened to', async () => {
    const own = await startPostgres()
    onTestFinished(() => own.close())
    const elsewhere = await open({ url: own.url })
    const row = sampleRow()
    await elsewhere.insert(row)
    const { state, pool } = switchedPool(server.url, own.url)
    const store = await open({ pool })
    const heard = await listenTo(channelOf(store))
    expect(await store.get(row.id)).toBeUndefined()
    state.place = 1
    await expect(store.get(row.id)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(heard.losses).toEqual([])
  })

  it('hears behind a pooler that hands connections on after each transaction, where nobody is woken', async () => {
    const bouncer = await startPgBouncer(server)
    onTestFinished(() => bouncer.close())
    const store = await open({ url: bouncer.url })
    const heard = await listenTo(channelOf(store))
    for (let sent = 0; sent < 20; sent++) await channelOf(store).send(`m${sent}`)
    await heard.until('m19')
    expect(heard.messages).toEqual(Array.from({ length: 20 }, (_, at) => `m${at}`))
    expect(heard.losses).toEqual([])
  })

  it('is enough behind such a pooler for an end to be known everywhere before it is answered [TRM-1]', async () => {
    const bouncer = await startPgBouncer(server)
    onTestFinished(() => bouncer.close())
    const keys = { master: Uint8Array.from({ length: 32 }, (_, at) => (at * 73 + 41) & 255) }
    const storage = { url: bouncer.url, prefix: 'pooled_' }
    await using one = await createSessionManager({ storage: await postgresStore(storage), keys })
    await using two = await createSessionManager({ storage: await postgresStore(storage), keys })
    for (let round = 0; round < 5; round++) {
      const { token } = await one.createSession('alice')
      expect(await two.validateSession(token)).toMatchObject({ isValid: true })
      const begun = performance.now()
      expect(await one.terminateSession(token)).toEqual({ level: 'everywhere' })
      expect(performance.now() - begun).toBeLessThan(1_500)
      expect(await two.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
    }
  })

  it('is the new primary after a synchronous standby has taken over, and says since when', async () => {
    const own = await startPostgres({ settings: { wal_level: 'replica' } })
    onTestFinished(() => own.close())
    const standby = await startStandby(own, 'second')
    onTestFinished(() => standby.close())
    await own.sql(`alter system set synchronous_standby_names = 'second'`)
    await own.sql('select pg_reload_conf()')
    const before = await open({ url: own.url, replicas: 1 })
    const kept = await channelOf(before).register('one', 60_000, 'beat')
    expect(kept.isDurable).toBe(true)
    await own.kill()
    await standby.promote()
    await standby.sql(`alter system set synchronous_standby_names = ''`)
    await standby.sql('select pg_reload_conf()')
    const after = channelOf(await open({ url: standby.url }))
    const { members, servesFor, registerAge } = await after.call('question')
    expect(members.map(({ node }) => node)).toEqual(['one'])
    expect(servesFor).toBeLessThan(10_000)
    expect(registerAge).toBeGreaterThan(60_000)
    expect((await after.register('one', 60_000, 'beat')).incarnation).not.toBe(kept.incarnation)
  })
})
