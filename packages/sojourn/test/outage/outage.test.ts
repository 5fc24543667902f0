import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SessionManagerOptions } from '../../src/config.js'
import { createSessionManager } from '../../src/create-session-manager.js'
import type { SessionEvent } from '../../src/events/event.js'
import type { SessionManager } from '../../src/manager.js'
import { memoryStore } from '../../src/store/memory.js'
import type { ScannableStore } from '../../src/store/store.js'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js'
import { type ProbedStore, probedStore } from '../behaviour/probed-store.js'

const MASTER = new Uint8Array(32).map((_byte, index) => index * 37 + 11)
const SECOND = 1_000
const MINUTE = 60_000

let clock: FakeClock
let inner: ScannableStore
let folder: string
let open: SessionManager[]
beforeEach(async () => {
  clock = fakeClock()
  inner = await memoryStore()
  folder = mkdtempSync(join(tmpdir(), 'sojourn-outage-'))
  open = []
})
afterEach(async () => {
  await Promise.allSettled(open.map((one) => patiently(one.close())))
  rmSync(folder, { recursive: true, force: true })
})

/** Lets time pass until the call has settled. */
async function patiently<T>(call: Promise<T>): Promise<T> {
  let isDone = false
  const done = call.finally(() => {
    isDone = true
  })
  done.catch(() => undefined)
  while (!isDone) await clock.advance(50)
  return await done
}

interface Node {
  readonly sessions: SessionManager
  /** Its own way to the store that all share. */
  readonly store: ProbedStore
  readonly events: SessionEvent[]
}

/** Closing one node must not take the store from the others. */
const shared = (): ScannableStore => ({ ...inner, close: async () => undefined })

async function node(options: SessionManagerOptions = {}): Promise<Node> {
  // Without `watching`: each validation asks the store, as across hosts.
  const { watching: _none, isVolatile: _outlives, ...plain } = { ...shared() }
  const store = probedStore(plain)
  const sessions = await createSessionManager({ storage: store, clock, keys: { master: MASTER }, ...options })
  open.push(sessions)
  const events: SessionEvent[] = []
  sessions.on((event) => events.push(event))
  return { sessions, store, events }
}

const local = async (): Promise<SessionManagerOptions> => ({
  localSessions: { store: await memoryStore() },
  journal: join(folder, 'ends.journal'),
})

/** Takes the store away for long enough that the node knows. */
async function away(one: Node): Promise<void> {
  one.store.fail()
  await expect(one.sessions.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await clock.advance(3 * SECOND)
  expect(one.sessions.mode()).toBe('degraded')
}

async function back(one: Node): Promise<void> {
  one.store.mend()
  await clock.advance(3 * SECOND)
  expect(one.sessions.mode()).toBe('healthy')
}

const verdict = async ({ sessions }: Node, token: string): Promise<string> => {
  try {
    const result = await patiently(sessions.validateSession(token))
    return result.isValid ? 'valid' : result.error.code
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

describe('a store that does not answer', () => {
  it('is suspected first and given up after a lease; the changes of the mode are told, and shown', async () => {
    const one = await node()
    expect(one.sessions.mode()).toBe('healthy')
    one.store.fail()
    await expect(one.sessions.ping()).rejects.toMatchObject({ status: 503 })
    expect(one.sessions.mode()).toBe('suspect')
    await clock.advance(3 * SECOND)
    expect(one.sessions.mode()).toBe('degraded')
    expect(one.sessions.metricsText()).toContain('\nsojourn_mode 2\n')
    one.store.mend()
    await clock.advance(SECOND)
    expect(one.sessions.mode()).toBe('healthy')
    const modes = one.events.filter(({ type }) => type === 'node.mode').map(({ reason }) => reason)
    expect(modes).toEqual(['suspect', 'degraded', 'recovering', 'healthy'])
  })

  it('is asked by one probe at a time, twice a second, whoever else wants to know; they are refused at once', async () => {
    const one = await node()
    await away(one)
    const before = one.store.calls()
    for (let call = 0; call < 200; call++) {
      await expect(one.sessions.createSession('alice')).rejects.toMatchObject({ status: 503, retryAfter: 2 })
      await expect(one.sessions.ping()).rejects.toMatchObject({ status: 503 })
    }
    expect(one.store.calls()).toBe(before)
    await clock.advance(10 * SECOND)
    expect(one.store.calls() - before).toBeLessThanOrEqual(20)
    expect(one.store.calls() - before).toBeGreaterThanOrEqual(18)
  })

  it('that fails once between answers is no outage', async () => {
    const one = await node()
    const { token } = await one.sessions.createSession('alice')
    for (let round = 0; round < 20; round++) {
      one.store.fail({ times: 1 })
      await expect(one.sessions.ping()).rejects.toMatchObject({ status: 503 })
      await clock.advance(600)
      expect(await verdict(one, token)).toBe('valid')
      expect(one.sessions.mode()).toBe('healthy')
    }
  })

  it('accepts nobody without outageGrace, and keeps what was used before it', async () => {
    const one = await node({ idleTimeout: '30m' })
    const { token } = await one.sessions.createSession('alice')
    await clock.advance(20 * MINUTE)
    expect(await verdict(one, token)).toBe('valid')
    await clock.advance(1)
    one.store.fail({ verbs: ['replace'] })
    await clock.advance(5 * SECOND)
    expect(await verdict(one, token)).toBe('valid')
    await away(one)
    expect(await verdict(one, token)).toBe('STORE_UNAVAILABLE')
    await back(one)
    expect(await verdict(one, token)).toBe('valid')
  })
})

it('a log-out everywhere that the store has not taken holds here at once, also where the session is in memory', async () => {
  const store = probedStore(shared())
  const sessions = await createSessionManager({ storage: store, clock, keys: { master: MASTER } })
  open.push(sessions)
  const one: Node = { sessions, store, events: [] }
  const { token } = await sessions.createSession('alice')
  const bystander = await sessions.createSession('bob')
  for (let time = 0; time < 3; time++) {
    expect(await verdict(one, token)).toBe('valid')
    expect(await verdict(one, bystander.token)).toBe('valid')
  }
  store.fail({ verbs: ['replace', 'insert'] })
  await expect(patiently(sessions.terminateAllUserSessions('alice'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(await verdict(one, token)).toBe('SESSION_REVOKED')
  expect(await verdict(one, bystander.token)).toBe('valid')
  await back(one)
  expect(await verdict(one, token)).toBe('SESSION_REVOKED')
})

describe('outageGrace', () => {
  const GRACE = { outageGrace: '1m' }

  it('accepts what was found good within a lease before, as long as was said and no longer, and counts it', async () => {
    const one = await node(GRACE)
    const { token } = await one.sessions.createSession('alice')
    expect(await verdict(one, token)).toBe('valid')
    await away(one)
    expect(await verdict(one, token)).toBe('valid')
    expect(one.sessions.metricsText()).toContain('\nsojourn_outage_accepted_total 1\n')
    await clock.advance(50 * SECOND)
    expect(await verdict(one, token)).toBe('valid')
    await clock.advance(10 * SECOND)
    expect(await verdict(one, token)).toBe('STORE_UNAVAILABLE')
  })

  it('accepts nothing that was found good longer before, or never, or with another token or context', async () => {
    const one = await node(GRACE)
    const early = await one.sessions.createSession('alice')
    const never = await one.sessions.createSession('bob')
    const other = await one.sessions.createSession('carol', { userAgent: 'Mozilla/5.0 Firefox/140.0' })
    expect(await verdict(one, early.token)).toBe('valid')
    await clock.advance(2_100)
    expect((await one.sessions.validateSession(other.token, { userAgent: 'Mozilla/5.0 Firefox/140.0' })).isValid).toBe(true)
    await away(one)
    expect(await verdict(one, early.token)).toBe('STORE_UNAVAILABLE')
    expect(await verdict(one, never.token)).toBe('STORE_UNAVAILABLE')
    expect((await one.sessions.validateSession(other.token, { userAgent: 'Mozilla/5.0 Firefox/140.0' })).isValid).toBe(true)
    expect(await verdict(one, other.token), 'of a caller that tells nothing').toBe('STORE_UNAVAILABLE')
    await expect(one.sessions.validateSession(other.token, { userAgent: 'curl/8' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const changed = other.token.charAt(40) === 'A' ? 'B' : 'A'
    expect(await verdict(one, other.token.slice(0, 40) + changed + other.token.slice(41))).toMatch(/TOKEN_INVALID/)
  })

  it('accepts nothing that was found good longer before, also where nothing was found since', async () => {
    const one = await node(GRACE)
    const { token } = await one.sessions.createSession('alice')
    expect(await verdict(one, token)).toBe('valid')
    await clock.advance(2_100)
    await away(one)
    expect(await verdict(one, token)).toBe('STORE_UNAVAILABLE')
  })

  it('accepts no session that has more than its lasting permissions', async () => {
    const one = await node(GRACE)
    const { token } = await one.sessions.createSession('alice')
    await one.sessions.setSessionPermissions(token, ['admin'])
    expect(await verdict(one, token)).toBe('valid')
    await away(one)
    expect(await verdict(one, token)).toBe('STORE_UNAVAILABLE')
  })

  it('gives nothing back that was taken away after the last look', async () => {
    const one = await node(GRACE)
    const { token } = await one.sessions.createSession('alice', {}, { permissions: ['read', 'write'] })
    expect(await verdict(one, token)).toBe('valid')
    await one.sessions.setSessionPermissions(token, ['read'])
    await away(one)
    expect(await verdict(one, token)).toBe('STORE_UNAVAILABLE')
  })

  it('honours what was ended here meanwhile, one session or all of a user but one', async () => {
    const one = await node(GRACE)
    const made = []
    for (const user of ['alice', 'bob', 'bob', 'carol']) made.push(await one.sessions.createSession(user))
    for (const { token } of made) expect(await verdict(one, token)).toBe('valid')
    const [alice, bob, kept, carol] = made as [(typeof made)[0], (typeof made)[0], (typeof made)[0], (typeof made)[0]]
    await away(one)
    await expect(patiently(one.sessions.terminateSession(alice.token))).rejects.toMatchObject({ status: 503 })
    await expect(patiently(one.sessions.terminateAllUserSessions('bob', { except: kept.id }))).rejects.toMatchObject({ status: 503 })
    expect(await verdict(one, alice.token)).toBe('SESSION_REVOKED')
    expect(await verdict(one, bob.token)).toBe('SESSION_REVOKED')
    expect(await verdict(one, kept.token)).toBe('valid')
    expect(await verdict(one, carol.token)).toBe('valid')
    await back(one)
    expect(await verdict(one, bob.token)).toBe('SESSION_REVOKED')
    expect(await verdict(one, kept.token)).toBe('valid')
  })

  it('ends no session later than its own clocks do, and loses no use', async () => {
    const one = await node({ ...GRACE, idleTimeout: '40s' })
    const { token } = await one.sessions.createSession('alice')
    const idle = await one.sessions.createSession('bob')
    expect(await verdict(one, token)).toBe('valid')
    expect(await verdict(one, idle.token)).toBe('valid')
    await away(one)
    await clock.advance(35 * SECOND)
    expect(await verdict(one, token)).toBe('valid')
    await clock.advance(10 * SECOND)
    expect(await verdict(one, idle.token)).toBe('STORE_UNAVAILABLE')
    expect(await verdict(one, token)).toBe('valid')
    await back(one)
    expect(await verdict(one, token)).toBe('valid')
    expect(await verdict(one, idle.token)).toBe('SESSION_EXPIRED')
  })

  it.each(['6m', '-1s', 'soon'])('refuses %s at the start', async (outageGrace) => {
    await expect(createSessionManager({ outageGrace })).rejects.toMatchObject({ code: 'CONFIG_INVALID', path: 'outageGrace' })
  })
})

describe('localSessions', () => {
  it('let a user log in while the store is away, on this node only; the others cannot tell, and never say no', async () => {
    const one = await node(await local())
    const other = await node()
    await away(one)
    const made = await one.sessions.createSession('alice', { deviceId: 'phone' }, { permissions: ['read'] })
    expect(made.expiresAt.getTime() - made.createdAt.getTime()).toBe(15 * MINUTE)
    expect(await verdict(one, made.token)).toBe('valid')
    expect(await verdict(other, made.token)).toBe('STORE_UNAVAILABLE')
    await expect(other.sessions.updateSessionContext(made.id, { deviceId: 'x' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(one.sessions.renewSession(made.token)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(one.sessions.setSessionPermissions(made.token, ['read', 'admin'])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect((await one.sessions.setSessionPermissions(made.token, [])).permissions).toEqual([])
  })

  it('go into the store when it is back, under the same id and token, with the life of any other', async () => {
    const one = await node(await local())
    const other = await node()
    await away(one)
    const { token, id, createdAt } = await one.sessions.createSession('alice')
    expect(one.sessions.metricsText()).toContain('\nsojourn_local_sessions 1\n')
    await clock.advance(MINUTE)
    expect(await verdict(one, token)).toBe('valid')
    await back(one)
    expect(await verdict(other, token)).toBe('valid')
    expect(await verdict(one, token)).toBe('valid')
    const [listed] = await other.sessions.getActiveSessions('alice')
    expect(listed?.id).toBe(id)
    expect((listed?.expiresAt.getTime() ?? 0) - createdAt.getTime()).toBe(8 * 60 * MINUTE)
    expect(one.sessions.metricsText()).toContain('\nsojourn_local_sessions 0\n')
  })

  it('are ended with outage.rejected where the user was logged out everywhere meanwhile, or has no place left', async () => {
    const one = await node({ ...(await local()), maxConcurrentSessions: 2 })
    const other = await node({ maxConcurrentSessions: 2 })
    await away(one)
    const alice = await one.sessions.createSession('alice')
    const bob = await one.sessions.createSession('bob')
    await clock.advance(10)
    await other.sessions.terminateAllUserSessions('alice')
    const places = [await other.sessions.createSession('bob'), await other.sessions.createSession('bob')]
    await back(one)
    for (const { token } of [alice, bob]) {
      for (const at of [one, other])
        expect(await at.sessions.validateSession(token)).toMatchObject({
          isValid: false,
          error: { code: 'SESSION_REVOKED', reason: 'outage.rejected' },
        })
    }
    for (const { token } of places) expect(await verdict(other, token)).toBe('valid')
    expect(one.events.filter(({ reason }) => reason === 'outage.rejected').length).toBe(2)
  })

  it('end here at once, with level local, and stay ended when the store is back', async () => {
    const one = await node(await local())
    const other = await node()
    const stored = await one.sessions.createSession('alice')
    await away(one)
    const made = [
      await one.sessions.createSession('alice'),
      await one.sessions.createSession('alice'),
      await one.sessions.createSession('bob'),
    ]
    const [first, second, bob] = made as [(typeof made)[0], (typeof made)[0], (typeof made)[0]]
    expect(await one.sessions.terminateSession(first.token)).toEqual({ level: 'local' })
    expect(await one.sessions.terminateSession(stored.token)).toEqual({ level: 'local' })
    expect(await one.sessions.terminateAllUserSessions('alice')).toEqual({ level: 'local', terminated: 1 })
    await expect(one.sessions.createSession('alice', {}, { authTime: new Date(clock.now() - 1) })).rejects.toMatchObject({
      code: 'REAUTHENTICATION_REQUIRED',
    })
    for (const { token } of [first, second, stored]) expect(await verdict(one, token)).toBe('SESSION_REVOKED')
    await back(one)
    for (const at of [one, other]) {
      for (const { token } of [first, second, stored]) expect(await verdict(at, token)).toBe('SESSION_REVOKED')
      expect(await verdict(at, bob.token)).toBe('valid')
    }
  })

  it('can be ended through another node before their own brings them over, and do not come back then', async () => {
    const one = await node(await local())
    const other = await node()
    await away(one)
    const { token } = await one.sessions.createSession('alice')
    expect(await other.sessions.terminateSession(token)).toEqual({ level: 'stored' })
    expect(await verdict(other, token)).toBe('SESSION_REVOKED')
    await back(one)
    expect(await verdict(one, token)).toBe('SESSION_REVOKED')
    expect(await verdict(other, token)).toBe('SESSION_REVOKED')
  })

  it('are no more than were allowed, for all users and for each', async () => {
    const store = await memoryStore()
    const one = await node({ localSessions: { store, maxSessions: 3 }, journal: join(folder, 'j'), maxConcurrentSessions: 2 })
    await away(one)
    const made = []
    for (let login = 0; login < 3; login++) {
      await clock.advance(10)
      made.push(await one.sessions.createSession('alice'))
    }
    const verdicts = []
    for (const { token } of made) verdicts.push(await verdict(one, token))
    expect(verdicts).toEqual(['SESSION_REVOKED', 'valid', 'valid'])
    await expect(one.sessions.createSession('bob')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    // Those that are over make room.
    await clock.advance(15 * MINUTE)
    expect(await verdict(one, (await one.sessions.createSession('bob')).token)).toBe('valid')
  })

  it('are over after their short life if the store does not come back; nobody says "not found" before', async () => {
    const one = await node(await local())
    const other = await node()
    await away(one)
    const { token } = await one.sessions.createSession('alice')
    await clock.advance(14 * MINUTE)
    expect(await verdict(one, token)).toBe('valid')
    expect(await verdict(other, token)).toBe('STORE_UNAVAILABLE')
    await clock.advance(MINUTE)
    expect(await verdict(one, token)).toBe('SESSION_EXPIRED')
    await clock.advance(5 * MINUTE)
    expect(await verdict(other, token)).toBe('SESSION_NOT_FOUND')
  })

  it('answer 503 for an end where there is no journal that could keep it', async () => {
    const one = await node({ localSessions: { store: await memoryStore() } })
    const { token } = await one.sessions.createSession('alice')
    await away(one)
    await expect(one.sessions.terminateSession(token)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it.each([
    [{ localSessions: {} }, 'localSessions.store'],
    [{ localSessions: { store: { type: 'memory' }, lifetime: '16m' } }, 'localSessions.lifetime'],
    [{ localSessions: { store: { type: 'memory' }, maxSessions: 0 } }, 'localSessions.maxSessions'],
    [{ localSessions: { store: { type: 'memory' }, most: 1 } }, 'localSessions.most'],
    [{ journal: '' }, 'journal'],
  ])('refuses %o at the start', async (options, path) => {
    await expect(createSessionManager(options as SessionManagerOptions)).rejects.toMatchObject({ code: 'CONFIG_INVALID', path })
  })
})

describe('the journal', () => {
  it('brings an end that was acknowledged as local into the store after a crash and a restart', async () => {
    const journal = join(folder, 'ends.journal')
    const crashed = await node({ localSessions: { store: await memoryStore() }, journal })
    const other = await node()
    const alice = await crashed.sessions.createSession('alice')
    const bob = [await crashed.sessions.createSession('bob'), await crashed.sessions.createSession('bob')]
    await away(crashed)
    expect(await crashed.sessions.terminateSession(alice.token, { reason: 'security.stolen' })).toEqual({ level: 'local' })
    expect(await crashed.sessions.terminateAllUserSessions('bob', { except: bob[1]?.id ?? '' })).toEqual({ level: 'local', terminated: 0 })
    await clock.advance(10)
    const later = await other.sessions.createSession('bob')
    // The crashed one is left as it is: its store stays cut off.
    const again = await node({ localSessions: { store: await memoryStore() }, journal: join(folder, 'ends.journal') })
    expect(await other.sessions.validateSession(alice.token)).toMatchObject({ isValid: false, error: { reason: 'security.stolen' } })
    expect(await verdict(other, bob[0]?.token ?? '')).toBe('SESSION_REVOKED')
    expect(await verdict(other, bob[1]?.token ?? '')).toBe('valid')
    expect(await verdict(other, later.token)).toBe('valid')
    expect(again.events.filter(({ subject }) => subject?.includes('bob') === true)).toEqual([])
    expect(again.sessions.metricsText()).toContain('\nsojourn_ends_pending 0\n')
  })
})
