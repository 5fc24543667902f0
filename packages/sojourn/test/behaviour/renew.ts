import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import {
  CHROME_WINDOWS,
  CONTEXT,
  DAY,
  foreignToken,
  HOUR,
  invalid,
  isAlive,
  MINUTE,
  RENEWABLE,
  refusal,
  SECOND,
  valid,
} from './expectations.js'
import { formOf } from './token-form.js'

const MANUAL = { ...RENEWABLE, renewal: { auto: false, threshold: '1h', gracePeriod: '30s' } } as const

export const renew: readonly BehaviourCheck[] = [
  {
    name: 'gives a new token and a new end, and keeps everything else',
    limits: RENEWABLE,
    async check(bench) {
      const options = { roles: ['staff'], permissions: ['read'], tenant: 'acme', data: { theme: 'dark' } }
      const first = await bench.sessions.createSession('user-1', CONTEXT, options)
      await bench.clock.advance(HOUR)
      const next = await bench.sessions.renewSession(first.token)
      const now = bench.clock.now()
      expect(next.token).toMatch(formOf(first.token).pattern)
      expect(next.token).not.toBe(first.token)
      expect(next).toEqual({
        ...first,
        token: next.token,
        renewals: 1,
        expiresAt: new Date(now + 8 * HOUR),
        lastActivity: new Date(now),
        idleExpiresAt: new Date(now + 8 * HOUR),
      })
      const { token, ...session } = next
      expect(await valid(bench, token)).toEqual(session)
      expect(bench.events.filter(({ type }) => type === 'session.renewed')).toMatchObject([{ sessionId: first.id }])
    },
  },
  {
    name: 'says how many seconds are left until a renewal is possible',
    limits: MANUAL,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const early = await refusal(bench.sessions.renewSession(token), 'RENEWAL_TOO_EARLY')
      expect(early).toMatchObject({ status: 409, retryAfter: (7 * HOUR) / SECOND })
      await bench.clock.advance(6 * HOUR)
      expect((await refusal(bench.sessions.renewSession(token), 'RENEWAL_TOO_EARLY')).retryAfter).toBe(HOUR / SECOND)
      await bench.clock.advance(HOUR)
      expect((await bench.sessions.renewSession(token)).renewals).toBe(1)
    },
  },
  {
    name: 'repeats its answer although the successor itself could not be renewed yet',
    limits: MANUAL,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(7.5 * HOUR)
      const next = await bench.sessions.renewSession(token)
      await bench.clock.advance(5 * SECOND)
      expect(await bench.sessions.renewSession(token)).toMatchObject({ token: next.token, renewals: 1 })
      await refusal(bench.sessions.renewSession(next.token), 'RENEWAL_TOO_EARLY')
    },
  },
  {
    name: 'refuses a renewal beyond the most that are allowed, and asks to log in again',
    limits: { ...RENEWABLE, renewal: { auto: false, threshold: '8h', maxRenewals: 2 } },
    async check(bench) {
      const first = await bench.sessions.createSession('user-1')
      const second = await bench.sessions.renewSession(first.token)
      const third = await bench.sessions.renewSession(second.token)
      expect(third.renewals).toBe(2)
      const error = await refusal(bench.sessions.renewSession(third.token), 'RENEWAL_LIMIT_REACHED')
      expect(error.status).toBe(401)
      expect(error.message).toMatch(/log in|sign in|authenticat/i)
      await valid(bench, third.token)
      expect((await bench.sessions.renewSession(second.token)).token).toBe(third.token)
    },
  },
  {
    name: 'stays valid until its end where the allowed renewals are used up',
    limits: { ...RENEWABLE, renewal: { auto: true, threshold: '1h', maxRenewals: 0 } },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(7.5 * HOUR)
      const result = await bench.sessions.validateSession(token)
      expect(result.isValid).toBe(true)
      expect('renewed' in result).toBe(false)
      await bench.clock.advance(0.5 * HOUR + SECOND)
      await invalid(bench, token, 'SESSION_EXPIRED')
    },
  },
  {
    name: 'gives no life beyond the longest duration',
    limits: { ...MANUAL, maxSessionDuration: '10h' },
    async check(bench) {
      const { token, createdAt } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(7.5 * HOUR)
      const next = await bench.sessions.renewSession(token)
      expect(next.expiresAt.getTime()).toBe(createdAt.getTime() + 10 * HOUR)
      await bench.clock.advance(2.5 * HOUR - SECOND)
      await valid(bench, next.token)
      await bench.clock.advance(2 * SECOND)
      const error = await invalid(bench, next.token, 'SESSION_EXPIRED')
      expect(error.renewable).toBe(false)
      expect(['lifetime', 'absolute']).toContain(error.expired)
      await refusal(bench.sessions.renewSession(next.token), ['SESSION_EXPIRED', 'REAUTHENTICATION_REQUIRED'])
    },
  },
  {
    name: 'gives no life beyond the absolute limit, which counts from the authentication',
    limits: { ...MANUAL, maxSessionDuration: '12h', absoluteTimeout: '12h' },
    async check(bench) {
      const authTime = new Date(bench.clock.now() - 2 * HOUR)
      const first = await bench.sessions.createSession('user-1', {}, { authTime })
      await bench.clock.advance(7.5 * HOUR)
      const next = await bench.sessions.renewSession(first.token)
      expect(next.expiresAt.getTime()).toBe(authTime.getTime() + 12 * HOUR)
      expect(next.absoluteExpiresAt).toEqual(first.absoluteExpiresAt)
      await bench.clock.advance(2.5 * HOUR + SECOND)
      expect(await invalid(bench, next.token, 'SESSION_EXPIRED')).toMatchObject({ expired: 'absolute', renewable: false })
      await refusal(bench.sessions.renewSession(next.token), ['SESSION_EXPIRED', 'REAUTHENTICATION_REQUIRED'])
    },
  },
  {
    name: 'still renews within the grace after the end of the lifetime, as the refusal says',
    limits: MANUAL,
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(4 * HOUR)
      await valid(bench, token)
      await bench.clock.advance(4 * HOUR + 10 * SECOND)
      expect(await invalid(bench, token, 'SESSION_EXPIRED')).toMatchObject({ expired: 'lifetime', renewable: true })
      const next = await bench.sessions.renewSession(token)
      expect(next.id).toBe(id)
      expect((await valid(bench, next.token)).renewals).toBe(1)
    },
  },
  {
    name: 'no longer renews once the grace after the lifetime is over, as the refusal says',
    limits: MANUAL,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(4 * HOUR)
      await valid(bench, token)
      await bench.clock.advance(4 * HOUR + 31 * SECOND)
      expect(await invalid(bench, token, 'SESSION_EXPIRED')).toMatchObject({ expired: 'lifetime', renewable: false })
      expect(await refusal(bench.sessions.renewSession(token), 'SESSION_EXPIRED')).toMatchObject({ renewable: false })
    },
  },
  {
    name: 'says truly whether a session that was not used for too long can be renewed',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(30 * MINUTE + 5 * SECOND)
      const { renewable } = await invalid(bench, token, 'SESSION_EXPIRED')
      const renewed = await bench.sessions.renewSession(token).then(
        () => true,
        () => false,
      )
      expect(renewed).toBe(renewable)
    },
  },
  {
    name: 'takes over what the request tells about itself and keeps the rest of the context',
    limits: RENEWABLE,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      const next = await bench.sessions.renewSession(token, { ipAddress: '198.51.100.9' })
      expect(next.context).toEqual({ ...CONTEXT, ipAddress: '198.51.100.9' })
    },
  },
  {
    name: 'keeps the context that it has when the new one is no good',
    limits: RENEWABLE,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      const next = await bench.sessions.renewSession(token, { ipAddress: 'not-an-address' })
      expect(next.context).toEqual(CONTEXT)
      expect(bench.logs.some(({ level }) => level === 'warn')).toBe(true)
    },
  },
  {
    name: 'refuses a token that moved to another browser or device, and keeps the session for its owner',
    limits: RENEWABLE,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      await refusal(bench.sessions.renewSession(token, { userAgent: CHROME_WINDOWS }), 'CONTEXT_MISMATCH')
      await refusal(bench.sessions.renewSession(token, { deviceId: 'phone-3' }), 'CONTEXT_MISMATCH')
      expect(bench.events.filter(({ type }) => type === 'security.context').length).toBeGreaterThanOrEqual(2)
      expect((await valid(bench, token, CONTEXT)).renewals).toBe(0)
    },
  },
  {
    name: 'refuses what is no token, what comes from elsewhere, what is gone and what was ended',
    limits: RENEWABLE,
    async check(bench) {
      const ended = await bench.sessions.createSession('user-1')
      const swept = await bench.sessions.createSession('user-2')
      await bench.sessions.terminateSession(ended.token, { reason: 'logout' })
      for (const text of ['x', ended.id, swept.id, 'a'.repeat(83)]) await refusal(bench.sessions.renewSession(text), 'TOKEN_MALFORMED')
      await refusal(bench.sessions.renewSession(await foreignToken(bench)), 'TOKEN_INVALID')
      expect((await refusal(bench.sessions.renewSession(ended.token), 'SESSION_REVOKED')).reason).toBe('logout')
      await bench.clock.advance(3 * DAY)
      await bench.manager.sweep()
      await refusal(bench.sessions.renewSession(swept.token), 'SESSION_NOT_FOUND')
    },
  },
  {
    name: 'never takes a public id for a credential, and changes nothing when it is offered one',
    limits: RENEWABLE,
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await refusal(bench.sessions.renewSession(id), 'TOKEN_MALFORMED')
      expect((await valid(bench, token)).renewals).toBe(0)
      expect(await isAlive(bench, token)).toBe(true)
    },
  },
]
