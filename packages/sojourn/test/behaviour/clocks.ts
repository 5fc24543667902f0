import fc from 'fast-check'
import { expect } from 'vitest'
import { type BehaviourCheck, type Bench, rounds } from './bench.js'
import { CONTEXT, DAY, HOUR, invalid, isAlive, MINUTE, refusal, SECOND, unlessRefused, valid } from './expectations.js'
import { SEED } from './seeded.js'

/** Uses the session every `step` until `until` has passed since the creation, and follows renewals. Answers the token at the end. */
async function use(bench: Bench, token: string, from: number, until: number, step = 20 * MINUTE): Promise<string> {
  let current = token
  while (bench.clock.now() + step < from + until) {
    await bench.clock.advance(step)
    const result = await bench.sessions.validateSession(current)
    if (!result.isValid) throw new Error(`refused after ${bench.clock.now() - from} ms: ${result.error.code}`)
    current = result.renewed?.token ?? current
  }
  await bench.clock.advance(from + until - bench.clock.now())
  return current
}

const PROPERTY_LIMITS = {
  idleTimeout: '1h',
  sessionLifetime: '1h',
  maxSessionDuration: '4h',
  absoluteTimeout: '6h',
  renewal: { auto: true, threshold: '1h', maxRenewals: 1000 },
  rememberMe: { lifetime: '2h', idleTimeout: '2h' },
  maxConcurrentSessions: 1000,
} as const

export const clocks: readonly BehaviourCheck[] = [
  {
    name: 'let an unused session live for 30 minutes and no second longer [TMO-1 ATK-121]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(30 * MINUTE - SECOND)
      expect(await isAlive(bench, token)).toBe(true)
      await bench.clock.advance(2 * SECOND)
      expect((await invalid(bench, token, 'SESSION_EXPIRED')).expired).toBe('idle')
    },
  },
  {
    name: 'count the idle time from the last use, never short and at most 30 seconds long',
    async check(bench) {
      for (const wait of [10 * SECOND, 29 * SECOND, 5 * MINUTE, 29 * MINUTE]) {
        const { token } = await bench.sessions.createSession('user-1')
        await bench.clock.advance(wait)
        await valid(bench, token)
        await bench.clock.advance(30 * MINUTE - SECOND)
        expect(await isAlive(bench, token), `used after ${wait} ms`).toBe(true)
        await bench.clock.advance(31 * SECOND)
        expect((await invalid(bench, token, 'SESSION_EXPIRED')).expired).toBe('idle')
      }
    },
  },
  {
    name: 'do not take polling for a use where the caller says so [TMO-4]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      for (let i = 0; i < 29; i++) {
        await bench.clock.advance(MINUTE)
        expect(await isAlive(bench, token)).toBe(true)
      }
      await bench.clock.advance(MINUTE + SECOND)
      expect((await invalid(bench, token, 'SESSION_EXPIRED')).expired).toBe('idle')
    },
  },
  {
    name: 'end a session in use after its lifetime where nothing renews it',
    limits: { renewal: { auto: false } },
    async check(bench) {
      const { token, createdAt } = await bench.sessions.createSession('user-1')
      await use(bench, token, createdAt.getTime(), 8 * HOUR - SECOND)
      await valid(bench, token)
      await bench.clock.advance(SECOND + 31 * SECOND)
      expect(await invalid(bench, token, 'SESSION_EXPIRED')).toMatchObject({ expired: 'lifetime', renewable: false })
    },
  },
  {
    name: 'end an ordinary session in use, renewed by itself, after the longest duration',
    async check(bench) {
      const { token, createdAt } = await bench.sessions.createSession('user-1')
      const last = await use(bench, token, createdAt.getTime(), DAY - SECOND)
      expect((await valid(bench, last)).renewals).toBeGreaterThanOrEqual(2)
      await bench.clock.advance(2 * SECOND)
      expect((await invalid(bench, last, 'SESSION_EXPIRED')).renewable).toBe(false)
      await refusal(bench.sessions.renewSession(last), ['SESSION_EXPIRED', 'REAUTHENTICATION_REQUIRED'])
    },
  },
  {
    name: 'let a remembered session live without use, beyond the longest duration, up to the absolute limit',
    async check(bench) {
      const { token, createdAt, absoluteExpiresAt, rememberMe } = await bench.sessions.createSession('user-1', {}, { rememberMe: true })
      expect(rememberMe).toBe(true)
      expect(absoluteExpiresAt).toEqual(new Date(createdAt.getTime() + 7 * DAY))
      await bench.clock.advance(3 * DAY)
      await valid(bench, token)
      await bench.clock.advance(4 * DAY - SECOND)
      expect(await isAlive(bench, token)).toBe(true)
      await bench.clock.advance(2 * SECOND)
      expect((await invalid(bench, token, 'SESSION_EXPIRED')).renewable).toBe(false)
    },
  },
  {
    name: 'give a remembered session the limits that are configured for it',
    limits: { rememberMe: { lifetime: '3d', idleTimeout: '1d' } },
    async check(bench) {
      const { token, createdAt, expiresAt, idleExpiresAt } = await bench.sessions.createSession('user-1', {}, { rememberMe: true })
      expect(expiresAt).toEqual(new Date(createdAt.getTime() + 3 * DAY))
      expect(idleExpiresAt).toEqual(new Date(createdAt.getTime() + DAY))
      await bench.clock.advance(DAY - SECOND)
      expect(await isAlive(bench, token)).toBe(true)
      await bench.clock.advance(2 * SECOND)
      expect((await invalid(bench, token, 'SESSION_EXPIRED')).expired).toBe('idle')
    },
  },
  {
    name: 'count the absolute limit from the authentication, not from the creation [TMO-2]',
    limits: { idleTimeout: '8h', absoluteTimeout: '24h' },
    async check(bench) {
      const authTime = new Date(bench.clock.now() - 20 * HOUR)
      for (const rememberMe of [false, true]) {
        const session = await bench.sessions.createSession('user-1', {}, { authTime, rememberMe })
        expect(session.authTime).toEqual(authTime)
        expect(session.absoluteExpiresAt).toEqual(new Date(authTime.getTime() + DAY))
        expect(session.expiresAt.getTime()).toBeLessThanOrEqual(authTime.getTime() + DAY)
      }
      const { token } = await bench.sessions.createSession('user-1', {}, { authTime })
      await bench.clock.advance(4 * HOUR - SECOND)
      await valid(bench, token)
      await bench.clock.advance(2 * SECOND)
      expect(await invalid(bench, token, 'SESSION_EXPIRED')).toMatchObject({ expired: 'absolute', renewable: false })
    },
  },
  {
    name: 'are cheated by no authentication in the future',
    async check(bench) {
      const now = bench.clock.now()
      const work = bench.sessions.createSession('user-1', {}, { authTime: new Date(now + 365 * DAY), rememberMe: true })
      const session = await unlessRefused(work, 'INVALID_ARGUMENT')
      if (session !== undefined) expect(session.absoluteExpiresAt.getTime()).toBeLessThanOrEqual(now + 7 * DAY)
    },
  },
  {
    name: 'start no session from an authentication that is older than the absolute limit',
    async check(bench) {
      const authTime = new Date(bench.clock.now() - 8 * DAY)
      for (const rememberMe of [false, true]) {
        const work = bench.sessions.createSession('user-1', {}, { authTime, rememberMe })
        const session = await unlessRefused(work, ['REAUTHENTICATION_REQUIRED', 'INVALID_ARGUMENT'])
        if (session !== undefined) await invalid(bench, session.token, 'SESSION_EXPIRED')
      }
      expect(await bench.sessions.getActiveSessions('user-1')).toEqual([])
    },
  },
  {
    name: 'are reported once when they run out, whoever sweeps and however often [TMO-6]',
    async check(bench) {
      const other = await bench.another()
      const made = []
      for (let i = 0; i < 20; i++) made.push((await bench.sessions.createSession(`user-${i}`)).id)
      await bench.clock.advance(31 * MINUTE)
      const swept = await Promise.all([bench.manager.sweep(), other.sweep(), bench.manager.sweep(), other.sweep()])
      expect(swept.reduce((sum, { expired }) => sum + expired, 0)).toBe(20)
      const ended = bench.events.filter(({ type }) => type === 'session.ended')
      expect(ended.map(({ sessionId }) => sessionId).sort()).toEqual(made.sort())
      for (const { reason } of ended) expect(reason).toBe('expired.idle')
      const left = (await bench.store.rows()).map((row) => `sid_${row.id}`)
      expect(made.filter((id) => left.includes(id))).toEqual([])
    },
  },
  {
    name: 'extend nothing when the clock of the machine jumps back [TMO-8]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      await bench.clock.advance(10 * MINUTE)
      const before = await valid(bench, token)
      bench.clock.jump(-HOUR)
      const after = await valid(bench, token)
      const updated = await bench.sessions.updateSessionContext(token, { deviceId: CONTEXT.deviceId! })
      for (const field of ['expiresAt', 'idleExpiresAt', 'absoluteExpiresAt', 'lastActivity'] as const) {
        expect(after[field].getTime(), field).toBeLessThanOrEqual(before[field].getTime())
        expect(updated[field].getTime(), field).toBeLessThanOrEqual(before[field].getTime())
      }
      bench.clock.jump(HOUR)
      await bench.clock.advance(30 * MINUTE + SECOND)
      expect(await isAlive(bench, token)).toBe(false)
    },
  },
  {
    name: 'keep a remembered session within its absolute limit through jumps back and forth',
    limits: { maxConcurrentSessions: 1 },
    async check(bench) {
      const { token, createdAt } = await bench.sessions.createSession('user-1', {}, { rememberMe: true })
      for (const jump of [-HOUR, 2 * HOUR, -DAY, DAY, -HOUR]) {
        await bench.clock.advance(DAY)
        bench.clock.jump(jump)
        await bench.sessions.validateSession(token)
      }
      await bench.clock.advance(createdAt.getTime() + 7 * DAY + SECOND - bench.clock.now())
      expect(await isAlive(bench, token)).toBe(false)
    },
  },
  {
    name: 'refuse after the limits whatever was done before: no sequence of calls moves what only an authentication moves [TMO-2 TMO-5]',
    limits: PROPERTY_LIMITS,
    async check(bench) {
      const step = fc.record({
        wait: fc.integer({ min: 1, max: 55 }),
        verb: fc.constantFrom('validate', 'renew', 'context', 'permissions', 'activity'),
      })
      const life = fc.record({
        rememberMe: fc.boolean(),
        authenticatedBefore: fc.integer({ min: 0, max: 120 }),
        steps: fc.array(step, { minLength: 5, maxLength: 20, size: 'max' }),
      })
      let runs = 0
      let accepted = 0
      let late = 0
      const holds = async ({
        rememberMe,
        authenticatedBefore,
        steps,
      }: typeof life extends fc.Arbitrary<infer T> ? T : never): Promise<void> => {
        runs += 1
        const authTime = new Date(bench.clock.now() - authenticatedBefore * MINUTE)
        const born = await bench.sessions.createSession(`user-${runs}`, {}, { rememberMe, authTime })
        const end = Math.min(authTime.getTime() + 6 * HOUR, rememberMe ? Number.POSITIVE_INFINITY : born.createdAt.getTime() + 4 * HOUR)
        let token = born.token
        for (const { wait, verb } of steps) {
          await bench.clock.advance(wait * MINUTE)
          const now = bench.clock.now()
          if (verb === 'renew')
            token = await bench.sessions.renewSession(token).then(
              (next) => next.token,
              () => token,
            )
          if (verb === 'context') await bench.sessions.updateSessionContext(token, { deviceId: 'd' }).catch(() => undefined)
          if (verb === 'activity') await bench.sessions.updateSessionContext(token, { lastActivity: new Date(now) }).catch(() => undefined)
          if (verb === 'permissions') await bench.sessions.setSessionPermissions(token, ['admin']).catch(() => undefined)
          const result = await bench.sessions.validateSession(token)
          if (now >= end) late += 1
          if (!result.isValid) continue
          accepted += 1
          token = result.renewed?.token ?? token
          expect(now).toBeLessThan(end)
          expect(result.session.absoluteExpiresAt).toEqual(born.absoluteExpiresAt)
          expect(result.session.expiresAt.getTime()).toBeLessThanOrEqual(end)
        }
      }
      await fc.assert(fc.asyncProperty(life, holds), { seed: SEED, numRuns: rounds(bench, 200) })
      expect(accepted, 'the property proves nothing about sessions that are never valid').toBeGreaterThan(runs)
      expect(late, 'nor if no session was tried after its end').toBeGreaterThan(0)
    },
  },
]
