import { createSessionManager, type SessionEvent, type SessionManager } from 'sojourn'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/store/memory.js'
import type { Store } from '../../src/store/store.js'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
const KEYS = { master: Uint8Array.from({ length: 32 }, (_, i) => i) }

interface Watched {
  readonly store: Store
  readonly verbs: string[]
  down: boolean
}

/** A store that counts what it is asked, and can be out. */
async function watchedStore(): Promise<Watched> {
  const inner = await memoryStore()
  const watched: Watched = { store: inner, verbs: [], down: false }
  const through = (name: 'insert' | 'get' | 'replace' | 'remove' | 'list' | 'scan'): unknown =>
    name in inner
      ? async (...args: readonly unknown[]): Promise<unknown> => {
          watched.verbs.push(name)
          if (watched.down) throw new Error('out')
          return await (inner[name] as (...given: readonly unknown[]) => Promise<unknown>)(...args)
        }
      : undefined
  const verbs = Object.fromEntries((['insert', 'get', 'replace', 'remove', 'list', 'scan'] as const).map((name) => [name, through(name)]))
  return Object.assign(watched, { store: { ...inner, ...verbs } as Store })
}

async function setUp(options: object = {}): Promise<{
  readonly sessions: SessionManager
  readonly watched: Watched
  readonly clock: ReturnType<typeof fakeClock>
  readonly events: SessionEvent[]
  readonly warnings: string[]
}> {
  const watched = await watchedStore()
  const clock = fakeClock()
  const warnings: string[] = []
  const logger = { info: () => undefined, warn: (_: object, message: string) => void warnings.push(message), error: () => undefined }
  const sessions = await createSessionManager({ storage: watched.store, clock, keys: KEYS, cleanupInterval: 0, logger, ...options })
  const events: SessionEvent[] = []
  sessions.on((event) => void events.push(event))
  watched.verbs.length = 0
  return { sessions, watched, clock, events, warnings }
}

const isNew = ({ type }: SessionEvent): boolean => type === 'security.new-device'

describe('the list of devices', () => {
  test('adds no question to the store before a login is answered', async () => {
    const { sessions, watched } = await setUp()
    await sessions.createSession('alice', { userAgent: FIREFOX })
    // The instants before which no login counts are looked at by every login.
    expect(watched.verbs.filter((verb) => verb !== 'get')).toEqual(['insert'])
    await sessions.close()
  })

  test('is written within a second, by itself', async () => {
    const { sessions, clock, events } = await setUp()
    await sessions.createSession('alice', { userAgent: FIREFOX })
    expect(events.filter(isNew)).toEqual([])
    await clock.advance(1_000)
    expect(events.filter(isNew)).toHaveLength(1)
    await sessions.close()
  })

  test('is written once for many logins of one user', async () => {
    const { sessions, watched } = await setUp()
    for (let login = 0; login < 5; login++) await sessions.createSession('alice', { userAgent: FIREFOX })
    watched.verbs.length = 0
    await sessions.flush()
    expect(watched.verbs.filter((verb) => verb === 'insert' || verb === 'replace')).toHaveLength(1)
    await sessions.close()
  })

  test('neither fails nor delays a login while the store of the list is out, and is written when it is back', async () => {
    const { sessions, watched, clock, events, warnings } = await setUp()
    const { token } = await sessions.createSession('alice', { userAgent: FIREFOX })
    watched.down = true
    await clock.advance(1_000)
    expect(warnings).toContain('the devices of a user were not written')
    expect(events.filter(isNew)).toEqual([])
    watched.down = false
    await clock.advance(1_000)
    expect(events.filter(isNew)).toHaveLength(1)
    expect(await sessions.listDevices('alice')).toHaveLength(1)
    expect((await sessions.validateSession(token)).isValid).toBe(true)
    await sessions.close()
  })

  test('is written when the manager is closed, and is there after a restart', async () => {
    const { sessions, watched, clock } = await setUp()
    await sessions.createSession('alice', { userAgent: FIREFOX })
    const store = { ...watched.store, close: () => Promise.resolve() }
    const keeping = await createSessionManager({ storage: store, clock, keys: KEYS, cleanupInterval: 0 })
    await keeping.createSession('bob', { userAgent: FIREFOX })
    await keeping.close()
    expect(await sessions.listDevices('bob')).toHaveLength(1)
    await sessions.close()
  })

  test('is kept of nobody who has no account: all visitors together are not one user', async () => {
    const { sessions, watched, events } = await setUp()
    await sessions.createSession(null, { userAgent: FIREFOX }, { kind: 'anonymous' })
    watched.verbs.length = 0
    await sessions.flush()
    expect(watched.verbs).toEqual([])
    expect(events.filter(isNew)).toEqual([])
    await sessions.close()
  })

  test('takes no room of a session in memory until its user logs in once more', async () => {
    const { sessions } = await setUp()
    const rowsInMemory = (): string | undefined => /^sojourn_cache_rows (\d+)$/m.exec(sessions.metricsText())?.[1]
    await sessions.createSession('alice', { userAgent: FIREFOX })
    expect(rowsInMemory()).toBe('1')
    await sessions.flush()
    expect(rowsInMemory()).toBe('1')
    await sessions.close()
  })

  test('throws for an outage instead of showing an empty list', async () => {
    const { sessions, watched } = await setUp()
    watched.down = true
    await expect(sessions.listDevices('alice')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    watched.down = false
    await sessions.close()
  })

  test('is swept when nobody has used any of them for as long as is kept, and is no session to anybody', async () => {
    const { sessions, clock } = await setUp({ devices: { retention: '2d' } })
    await sessions.createSession('alice', { userAgent: FIREFOX })
    await sessions.flush()
    expect((await sessions.searchSessions({ status: 'all' })).sessions).toHaveLength(1)
    expect(await sessions.sweep()).toEqual({ expired: 0, forgotten: 0 })
    await clock.advance(3 * 86_400_000)
    expect(await sessions.sweep()).toEqual({ expired: 1, forgotten: 1 })
    await sessions.close()
  })

  test('stays when the user is logged out everywhere: the device is known at the next login', async () => {
    const { sessions, events } = await setUp()
    await sessions.createSession('alice', { userAgent: FIREFOX })
    await sessions.flush()
    await sessions.terminateAllUserSessions('alice')
    await sessions.createSession('alice', { userAgent: FIREFOX })
    await sessions.flush()
    expect(events.filter(isNew)).toHaveLength(1)
    await sessions.close()
  })
})

describe('a place', () => {
  const hang = (): Promise<undefined> => new Promise(() => undefined)

  test('that cannot be looked up leaves the session without one, with a warning', async () => {
    const { sessions, warnings } = await setUp({
      geo: {
        locate: (): never => {
          throw new Error('broken')
        },
      },
    })
    const { token } = await sessions.createSession('alice', { ipAddress: '192.0.2.1' })
    expect(await sessions.validateSession(token, { ipAddress: '192.0.2.2' })).toMatchObject({ isValid: true })
    expect(warnings.join()).toMatch(/place of an address could not be looked up/)
    expect(sessions.metricsText()).toMatch(/sojourn_geo_failures_total [1-9]/)
    await sessions.close()
  })

  test('that is never found holds a login up for a tenth of a second once, and no other one for half a minute', async () => {
    let asked = 0
    const { sessions, clock, warnings } = await setUp({
      geo: {
        locate: (): Promise<undefined> => {
          asked++
          return hang()
        },
      },
    })
    const login = sessions.createSession('alice', { ipAddress: '192.0.2.1' })
    await clock.advance(100)
    expect((await login).context).toEqual({ ipAddress: '192.0.2.1' })
    await sessions.createSession('alice', { ipAddress: '192.0.2.1' })
    expect(asked).toBe(1)
    expect(warnings).toHaveLength(1)
    await clock.advance(30_000)
    const again = sessions.createSession('alice', { ipAddress: '192.0.2.1' })
    await clock.advance(100)
    await again
    expect(asked).toBe(2)
    await sessions.close()
  })

  test('may be looked up with a wait, and what makes no sense of it is left out', async () => {
    const { sessions } = await setUp({
      geo: { locate: () => Promise.resolve({ country: 'DE', region: 'a\u0000b', latitude: 1_000, longitude: 0, asn: Number.NaN }) },
    })
    expect((await sessions.createSession('alice', { ipAddress: '192.0.2.1' })).context.location).toEqual({ country: 'DE' })
    await sessions.close()
  })

  test('is looked up once for a caller who looks the same at each request', async () => {
    let asked = 0
    const { sessions } = await setUp({ geo: { locate: () => void asked++ } })
    const caller = { ipAddress: '192.0.2.1', userAgent: FIREFOX }
    const { token } = await sessions.createSession('alice', caller)
    for (let request = 0; request < 100; request++) await sessions.validateSession(token, { ...caller })
    expect(asked).toBe(2)
    await sessions.close()
  })

  test('of a use without a context does not shorten the time of a journey', async () => {
    const places: Readonly<Record<string, object>> = {
      '192.0.2.1': { country: 'DE', latitude: 52.5, longitude: 13.4 },
      '192.0.2.2': { country: 'AU', latitude: -33.9, longitude: 151.2 },
    }
    const { sessions, clock } = await setUp({
      idleTimeout: '20h',
      sessionLifetime: '24h',
      geo: { locate: (address: string) => places[address] },
    })
    const { token } = await sessions.createSession('alice', { ipAddress: '192.0.2.1' })
    await clock.advance(18 * 3_600_000)
    expect((await sessions.validateSession(token)).isValid).toBe(true)
    await clock.advance(60_000)
    expect((await sessions.validateSession(token, { ipAddress: '192.0.2.2' })).isValid).toBe(true)
    await sessions.close()
  })
})
