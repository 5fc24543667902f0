import { createSessionManager, type SessionManager } from 'sojourn'
import dropIn, { type SojournStore } from 'sojourn/express-session'
import { memoryStore } from 'sojourn/memory'
import { fakeClock } from 'sojourn/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, closeServers, cookieOf, original, type Subject } from './rig.js'
import { look, type Shop, shop } from './shop.js'

const clock = fakeClock()
let sessions: SessionManager
let store: SojournStore

beforeEach(async () => {
  const storage = await memoryStore()
  sessions = await createSessionManager({ storage, clock, maxConcurrentSessions: 3 })
  store = dropIn.sojournStore({ storage, clock, sessions: Promise.resolve(sessions), userOf: ({ user }) => user as string | undefined })
})
afterEach(async () => {
  closeServers()
  await store.close()
  await sessions.close()
})

const open = (library = dropIn): Promise<Shop> => shop({ name: '', library, store: () => store } satisfies Subject, store)

describe.each([
  ['sojourn/express-session', dropIn],
  ['the original on sojournStore', original],
])('a session in which somebody is logged in, with %s,', (_name, library) => {
  it('is a session of the manager, from its login to its logout', async () => {
    const app = await open(library)
    const cookie = await app.logIn('alice')
    const [session] = await sessions.getActiveSessions('alice')
    expect(session).toMatchObject({ userId: 'alice' })
    expect(await look(app, cookie)).toEqual({ user: 'alice' })
    expect(await sessions.getActiveSessions('alice')).toHaveLength(1)
    await ask(app.url, { cookie, path: '/logout' })
    expect(await sessions.getActiveSessions('alice')).toEqual([])
    expect(await sessions.getSession(session!.id)).toMatchObject({ status: 'ended' })
  })

  it('ends with terminateAllUserSessions, on every device, and so does what a slow request saves', async () => {
    const app = await open(library)
    const [phone, laptop, other] = [await app.logIn('alice'), await app.logIn('alice'), await app.logIn('bob')]
    const gate = app.gate()
    const slow = ask(app.url, { cookie: phone, path: '/set/seen' })
    await gate.reached()
    expect(await sessions.terminateAllUserSessions('alice')).toMatchObject({ terminated: 2 })
    gate.open()
    await slow
    expect([await look(app, phone), await look(app, laptop), await look(app, other)]).toEqual([{}, {}, { user: 'bob' }])
  })

  it('ends alone with terminateSession', async () => {
    const app = await open(library)
    const phone = await app.logIn('alice')
    await clock.advance(1_000)
    const laptop = await app.logIn('alice')
    const [first] = await sessions.getActiveSessions('alice')
    await sessions.terminateSession(first!.id)
    expect([await look(app, phone), await look(app, laptop)]).toEqual([{}, { user: 'alice' }])
  })

  it('counts for the limit: the oldest makes room', async () => {
    const app = await open(library)
    const cookies: string[] = []
    for (let login = 0; login < 5; login++) {
      cookies.push(await app.logIn('alice'))
      await clock.advance(1_000)
    }
    expect(await Promise.all(cookies.map((cookie) => look(app, cookie)))).toEqual([
      {},
      {},
      { user: 'alice' },
      { user: 'alice' },
      { user: 'alice' },
    ])
  })
})

it('knows browser and address of the request', async () => {
  const app = await open()
  await ask(app.url, {
    path: '/login/alice',
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
  })
  const [session] = await sessions.getActiveSessions('alice')
  expect(session).toMatchObject({ context: { ipAddress: '127.0.0.1' }, device: { label: expect.stringMatching(/Firefox/) } })
})

it('another user in the same session is another session of the manager', async () => {
  const app = await open()
  const cookie = await app.logIn('alice')
  const gate = app.gate()
  gate.open()
  // The page sets `user` to true, which is somebody else.
  await ask(app.url, { cookie, path: '/set/user' })
  expect(await sessions.getActiveSessions('alice')).toEqual([])
  expect(await sessions.getActiveSessions('true')).toHaveLength(1)
})

it('renewals of the manager go on behind one cookie', async () => {
  const app = await open()
  const cookie = await app.logIn('alice')
  for (let minute = 0; minute < 10 * 60; minute += 20) {
    await clock.advance(20 * 60_000)
    expect(await look(app, cookie)).toEqual({ user: 'alice' })
  }
  const [session] = await sessions.getActiveSessions('alice')
  expect(session?.renewals).toBeGreaterThan(0)
  // The manager's own limits hold: 24 hours by default, and half an hour without a use.
  await clock.advance(31 * 60_000)
  expect(await look(app, cookie)).toEqual({})
})

it('parallel requests at the moment of a renewal stay logged in', async () => {
  const app = await open()
  const cookie = await app.logIn('alice')
  for (let minute = 0; minute < 7 * 60; minute += 20) {
    await clock.advance(20 * 60_000)
    await look(app, cookie)
  }
  await clock.advance(10 * 60_000)
  const all = await Promise.all(Array.from({ length: 10 }, () => look(app, cookie)))
  expect(all).toEqual(all.map(() => ({ user: 'alice' })))
  await clock.advance(5 * 60_000)
  expect(await look(app, cookie)).toEqual({ user: 'alice' })
})

it('a login that the manager refuses is refused, and its answer says so to next', async () => {
  await sessions.close()
  const app = await open()
  const answer = await ask(app.url, { path: '/login/alice' })
  expect(app.errors).toEqual([expect.objectContaining({ code: 'STORE_UNAVAILABLE' })])
  expect(await look(app, cookieOf(answer)).catch(() => ({}))).toEqual({})
})

it('a manager that gives refresh tokens is refused', async () => {
  const pairs = await createSessionManager({ refreshToken: true, clock })
  store = dropIn.sojournStore({ sessions: pairs, clock, userOf: ({ user }) => user as string | undefined })
  const app = await open()
  await app.logIn('alice')
  expect(app.errors).toEqual([expect.objectContaining({ code: 'CONFIG_INVALID', path: 'sessions' })])
  expect(await pairs.getActiveSessions('alice')).toEqual([])
  await pairs.close()
})

describe('limits of its own', () => {
  it('idleTimeout ends what is not used, absoluteTimeout what is used for ever', async () => {
    store = dropIn.sojournStore({ clock, idleTimeout: '30m', absoluteTimeout: '2h' })
    const app = await open()
    const [used, left] = [await app.logIn('alice'), await app.logIn('bob')]
    for (let minute = 0; minute < 100; minute += 20) {
      await clock.advance(20 * 60_000)
      expect(await look(app, used)).toEqual({ user: 'alice' })
    }
    expect(await look(app, left)).toEqual({})
    await clock.advance(20 * 60_000)
    expect(await look(app, used)).toEqual({})
  })

  it('refuses lengths of time that are none, and options of the store beside a store', () => {
    expect(() => dropIn.sojournStore({ idleTimeout: 'soon' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', path: 'idleTimeout' }),
    )
    expect(() => dropIn({ secret: 'a', resave: false, saveUninitialized: false, store, storage: { type: 'memory' } })).toThrow(TypeError)
  })

  it('takes out what has expired by itself, and leaves the rows of the manager alone', async () => {
    const storage = await memoryStore()
    const manager = await createSessionManager({ storage, clock, cleanupInterval: 0 })
    await manager.createSession('carol')
    store = dropIn.sojournStore({ storage, clock, idleTimeout: '1m', cleanupInterval: '15m' })
    const app = await open()
    await app.logIn('alice')
    const rows = async (): Promise<number> => (await storage.scan({ from: 0, to: Number.MAX_SAFE_INTEGER, limit: 100 })).rows.length
    const before = await rows()
    await clock.advance(16 * 60_000)
    expect(await rows()).toBe(before - 1)
    expect(await manager.getActiveSessions('carol')).toHaveLength(1)
    // And the other way round: the manager walks over our rows and does not stumble.
    await app.logIn('alice')
    await manager.sweep()
    expect((await manager.searchSessions()).sessions).toHaveLength(1)
    expect(await rows()).toBe(before)
  })
})
