import fc from 'fast-check'
import { createSessionManager, isSessionError, type SessionEvent, type SessionManager, type SessionManagerOptions } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const KEY = { master: Uint8Array.from({ length: 32 }, (_, i) => i) }

interface Opened {
  readonly sessions: SessionManager
  readonly clock: FakeClock
  readonly events: SessionEvent[]
  /** Another node on the same store, with other limits. */
  node(options: SessionManagerOptions): Promise<SessionManager>
}

async function open(options: SessionManagerOptions = {}): Promise<Opened> {
  const clock = fakeClock()
  const store = await memoryStore()
  const events: SessionEvent[] = []
  const node = async (own: SessionManagerOptions): Promise<SessionManager> => {
    const sessions = await createSessionManager({ storage: store, clock, keys: KEY, cleanupInterval: 0, ...own })
    sessions.on((event) => events.push(event))
    return sessions
  }
  return { sessions: await node(options), clock, events, node }
}

const codeOf = async (sessions: SessionManager, token: string): Promise<string> => {
  const result = await sessions.validateSession(token, undefined, { activity: false, renew: false })
  return result.isValid ? 'valid' : result.error.code
}

describe('the idle time', () => {
  it('ends a session a second after it and not a second before, by the clock of the service alone [TMO-1 ATK-021]', async () => {
    const { sessions, clock } = await open()
    const { token } = await sessions.createSession('alice')
    await clock.advance(30 * MINUTE - SECOND)
    expect(await codeOf(sessions, token)).toBe('valid')
    await clock.advance(2 * SECOND)
    expect(await codeOf(sessions, token)).toBe('SESSION_EXPIRED')
  })

  it('goes on while somebody only polls, however often [TMO-4 TMO-7]', async () => {
    const { sessions, clock } = await open()
    const { token } = await sessions.createSession('alice')
    for (let minute = 0; minute < 29; minute++) {
      await clock.advance(MINUTE)
      const polled = await sessions.validateSession(token, undefined, { activity: false })
      expect(polled.isValid && polled.session.idleExpiresAt.getTime() - clock.now()).toBe((29 - minute) * MINUTE)
    }
    await clock.advance(MINUTE)
    expect(await codeOf(sessions, token)).toBe('SESSION_EXPIRED')
  })
})

const VERBS = ['validate', 'renew', 'context', 'permissions', 'activity', 'back', 'forth', 'restart', 'sweep', 'list'] as const

/** One step of somebody who wants a session to last. Refusals are what is hoped for. */
async function act(
  verb: (typeof VERBS)[number],
  opened: Opened,
  sessions: SessionManager,
  held: { token: string },
): Promise<SessionManager> {
  const { clock } = opened
  const { token } = held
  try {
    if (verb === 'validate') {
      const result = await sessions.validateSession(token, { ipAddress: '203.0.113.9' })
      if (result.isValid) held.token = result.renewed?.token ?? token
    } else if (verb === 'renew') held.token = (await sessions.renewSession(token)).token
    else if (verb === 'context') await sessions.updateSessionContext(token, { deviceId: 'd' })
    else if (verb === 'permissions') await sessions.setSessionPermissions(token, ['p'], { expiresIn: '30d' })
    else if (verb === 'activity') await sessions.updateSessionContext(token, { lastActivity: new Date(clock.now()) })
    else if (verb === 'back') clock.set(clock.now() - HOUR)
    else if (verb === 'forth') clock.set(clock.now() + HOUR)
    else if (verb === 'sweep') await sessions.sweep()
    else if (verb === 'list') await sessions.getActiveSessions('alice')
    else return await opened.node(LIMITS)
  } catch (error) {
    if (!isSessionError(error)) throw error
  }
  return sessions
}

const LIMITS: SessionManagerOptions = {
  idleTimeout: '2h',
  sessionLifetime: '3h',
  maxSessionDuration: '10h',
  absoluteTimeout: '10h',
  renewal: { threshold: '3h', maxRenewals: 1_000, gracePeriod: '1h' },
  rememberMe: { lifetime: '5h' },
}

describe('the absolute time', () => {
  it('is never passed, whatever is done and however the clock is set: valid means that less time has passed [TMO-2 TMO-5 TMO-8]', async () => {
    const step = fc.record({ wait: fc.integer({ min: 1, max: 100 }), verb: fc.constantFrom(...VERBS) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 9 }),
        async (steps, rememberMe, age) => {
          const opened = await open(LIMITS)
          const { clock } = opened
          let { sessions } = opened
          const authTime = new Date(clock.now() - age * HOUR)
          // Time that has really passed: the wall clock is set back and forth on the way.
          const began = clock.monotonic() - age * HOUR
          const held = { token: (await sessions.createSession('alice', {}, { rememberMe, authTime })).token }
          for (const { wait, verb } of steps) {
            await clock.advance(wait * MINUTE)
            // A new process knows nothing of how the clock was before it began; what it can know is tested on its own.
            if (verb === 'restart' && clock.now() < began + clock.monotonic()) continue
            sessions = await act(verb, opened, sessions, held)
            if ((await codeOf(sessions, held.token)) === 'valid') expect(clock.monotonic() - began).toBeLessThan(10 * HOUR)
          }
          await clock.advance(10 * HOUR)
          expect(await codeOf(sessions, held.token)).not.toBe('valid')
        },
      ),
      { seed: 20_261_121, numRuns: 60 },
    )
  })

  it('counts from the authentication, and one that is too old is refused at the login', async () => {
    const { sessions, clock } = await open()
    const since = new Date(clock.now() - 7 * DAY)
    await expect(sessions.createSession('alice', {}, { rememberMe: true, authTime: since })).rejects.toMatchObject({
      code: 'REAUTHENTICATION_REQUIRED',
    })
  })

  it('goes on through an hour that the clock is put back [TMO-8]', async () => {
    const { sessions, clock } = await open({ maxSessionDuration: '2h', idleTimeout: '2h', absoluteTimeout: '2h', sessionLifetime: '2h' })
    const { token } = await sessions.createSession('alice')
    await clock.advance(HOUR)
    clock.set(clock.now() - HOUR)
    await clock.advance(HOUR - SECOND)
    expect(await codeOf(sessions, token)).toBe('valid')
    await clock.advance(SECOND)
    expect(await codeOf(sessions, token)).toBe('SESSION_EXPIRED')
  })
})

describe('an expiry', () => {
  it('is reported once by three nodes that sweep a thousand sessions at the same time, with its reason [TMO-6]', async () => {
    const { sessions, clock, events, node } = await open()
    const nodes = [sessions, await node({}), await node({})]
    for (let i = 0; i < 1_000; i++) await sessions.createSession(`user-${i}`)
    await clock.advance(2 * HOUR)
    await Promise.all(nodes.map((each) => each.sweep()))
    const ended = events.filter(({ type }) => type === 'session.ended')
    expect(ended).toHaveLength(1_000)
    expect(new Set(ended.map(({ sessionId }) => sessionId)).size).toBe(1_000)
    expect(new Set(ended.map(({ reason }) => reason))).toEqual(new Set(['expired.idle']))
  })
})

describe('a stricter rule for a role', () => {
  it('holds from the next validation on for sessions that are there already [TMO-10]', async () => {
    const { sessions, clock, node } = await open()
    const admin = await sessions.createSession('alice', {}, { roles: ['admin'] })
    const other = await sessions.createSession('bob', {}, { roles: ['reader'] })
    await clock.advance(6 * MINUTE)
    expect(await codeOf(sessions, admin.token)).toBe('valid')
    const stricter = await node({ roles: { admin: { idleTimeout: '5m' } } })
    expect(await codeOf(stricter, admin.token)).toBe('SESSION_EXPIRED')
    expect(await codeOf(stricter, other.token)).toBe('valid')
  })

  it('asks for a new authentication in time, and neither renews nor elevates before that', async () => {
    const { sessions, clock } = await open({
      roles: { payer: { requireReauthAfter: '10m' } },
      renewal: { auto: false, threshold: '8h' },
    })
    const { token } = await sessions.createSession('alice', {}, { roles: ['payer'], permissions: ['read'] })
    await clock.advance(10 * MINUTE - SECOND)
    expect(await codeOf(sessions, token)).toBe('valid')
    await clock.advance(SECOND)
    expect(await codeOf(sessions, token)).toBe('REAUTHENTICATION_REQUIRED')
    for (const refused of [sessions.renewSession(token), sessions.setSessionPermissions(token, ['read', 'pay'])])
      await expect(refused).rejects.toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    // Giving rights away needs no proof.
    expect((await sessions.setSessionPermissions(token, [])).permissions).toEqual([])
    // Who is logged in can still log out.
    await sessions.terminateSession(token)
    expect(await codeOf(sessions, token)).toBe('SESSION_REVOKED')
  })

  it('cuts elevated permissions, also those given before it', async () => {
    const { sessions, clock, node } = await open()
    const { token } = await sessions.createSession('alice', {}, { roles: ['admin'] })
    await sessions.setSessionPermissions(token, ['pay'], { expiresIn: '20m' })
    const stricter = await node({ roles: { admin: { elevationDuration: '2m' } } })
    await clock.advance(2 * MINUTE - SECOND)
    expect(await stricter.validateSession(token)).toMatchObject({ session: { permissions: ['pay'] } })
    await clock.advance(SECOND)
    expect(await stricter.validateSession(token)).toMatchObject({ session: { permissions: [] } })
    const elevated = await stricter.setSessionPermissions(token, ['pay'], { expiresIn: '20m' })
    expect(elevated.elevatedUntil?.getTime()).toBe(clock.now() + 2 * MINUTE)
  })
})

describe('remembering', () => {
  it('gives an ordinary session where it is switched off, also to those who were remembered before [ATK-013]', async () => {
    const { sessions, clock, node } = await open()
    const before = await sessions.createSession('alice', {}, { rememberMe: true })
    const off = await node({ rememberMe: { enabled: false } })
    const after = await off.createSession('alice', {}, { rememberMe: true })
    expect(after).toMatchObject({ rememberMe: false })
    expect(after.idleExpiresAt.getTime()).toBe(clock.now() + 30 * MINUTE)
    await clock.advance(30 * MINUTE)
    expect(await codeOf(off, before.token)).toBe('SESSION_EXPIRED')
  })
})

describe('a start that departs from its profile', () => {
  it('is refused without a reason and logged with it [TMO-9]', async () => {
    const lines: unknown[] = []
    const logger = { info: () => undefined, error: () => undefined, warn: (details: object) => void lines.push(details) }
    const options: SessionManagerOptions = { profile: 'pci', idleTimeout: '1h', logger, clock: fakeClock() }
    await expect(createSessionManager(options)).rejects.toMatchObject({ code: 'CONFIG_INVALID', path: 'idleTimeout' })
    await using sessions = await createSessionManager({ ...options, justification: 'Kiosk mode.' })
    expect(lines).toEqual([
      { profile: 'pci', justification: 'Kiosk mode.', deviations: [{ path: 'idleTimeout', value: HOUR, most: 15 * MINUTE }] },
    ])
    expect(sessions.policyDocument()).toContain('Kiosk mode.')
  })
})
