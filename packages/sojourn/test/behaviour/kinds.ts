import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import { CONTEXT, HOUR, invalid, MINUTE, refusal, SECOND, valid } from './expectations.js'

export const kinds: readonly BehaviourCheck[] = [
  {
    name: 'refuses a session whose second factor is missing, wherever it is presented [LIF-4 ATK-006]',
    async check(bench) {
      const pending = await bench.sessions.createSession('user-1', CONTEXT, { kind: 'pending', amr: ['pwd'], rememberMe: true })
      expect(pending.kind).toBe('pending')
      expect((await invalid(bench, pending.token, 'REAUTHENTICATION_REQUIRED')).reason).toBe('second-factor')
      const refusals = [
        bench.sessions.renewSession(pending.token),
        bench.sessions.setSessionPermissions(pending.token, ['admin']),
        bench.sessions.setSessionPermissions(pending.id, ['admin']),
        bench.sessions.setSessionRoles(pending.token, ['admin']),
        bench.sessions.grantOperation(pending.token, { operation: 'pay' }),
        bench.sessions.getSessionAnalytics(pending.token),
        bench.sessions.updateSessionContext(pending.token, { deviceId: 'other' }),
      ].map((work) => refusal(work, 'REAUTHENTICATION_REQUIRED'))
      for (const { reason } of await Promise.all(refusals)) expect(reason).toBe('second-factor')
      expect(await bench.sessions.getActiveSessions('user-1')).toEqual([])
    },
  },
  {
    name: 'accepts one where that is asked for, and makes it whole under a new token [LIF-2 LIF-4]',
    async check(bench) {
      const pending = await bench.sessions.createSession('user-1', {}, { kind: 'pending', amr: ['pwd'] })
      for (let times = 0; times < 3; times++) {
        const allowed = await bench.sessions.validateSession(pending.token, {}, { allow: ['pending'] })
        expect(allowed.isValid && allowed.session.kind).toBe('pending')
      }
      // What one caller allowed is not answered from memory to the next.
      expect((await bench.sessions.validateSession(pending.token, {})).isValid).toBe(false)
      await bench.clock.advance(MINUTE)
      const whole = await bench.sessions.reauthenticateSession(pending.token, {}, { amr: ['pwd', 'otp'], acr: 'aal2' })
      expect(whole).toMatchObject({ id: pending.id, kind: 'user', amr: ['pwd', 'otp'], acr: 'aal2' })
      expect(whole.expiresAt).toEqual(new Date(bench.clock.now() + 8 * HOUR))
      await invalid(bench, pending.token)
      expect((await valid(bench, whole.token)).kind).toBe('user')
      expect(await bench.sessions.getActiveSessions('user-1')).toHaveLength(1)
    },
  },
  {
    name: 'gives a pending session ten minutes, and no way to more',
    async check(bench) {
      const { token, expiresAt, absoluteExpiresAt } = await bench.sessions.createSession('user-1', {}, { kind: 'pending' })
      expect(expiresAt).toEqual(new Date(bench.clock.now() + 10 * MINUTE))
      expect(absoluteExpiresAt).toEqual(expiresAt)
      await bench.clock.advance(9 * MINUTE)
      const used = await bench.sessions.validateSession(token, {}, { allow: ['pending'] })
      expect(used.isValid && used.renewed).toBe(undefined)
      await bench.clock.advance(MINUTE + SECOND)
      await refusal(bench.sessions.reauthenticateSession(token), 'SESSION_EXPIRED')
    },
  },
  {
    name: 'counts neither pending nor anonymous sessions for the limit, and a pending one when it is whole [CON-4]',
    limits: { maxConcurrentSessions: 2 },
    async check(bench) {
      const first = await bench.sessions.createSession('user-1')
      await bench.clock.advance(SECOND)
      const second = await bench.sessions.createSession('user-1')
      const pending: string[] = []
      for (let i = 0; i < 4; i++) {
        await bench.clock.advance(SECOND)
        pending.push((await bench.sessions.createSession('user-1', {}, { kind: 'pending' })).token)
      }
      await valid(bench, first.token)
      await valid(bench, second.token)
      const whole = await bench.sessions.reauthenticateSession(pending[0]!)
      await valid(bench, whole.token)
      expect((await invalid(bench, first.token, 'SESSION_REVOKED')).reason).toBe('limit')
      expect(await bench.sessions.getActiveSessions('user-1')).toHaveLength(2)
    },
  },
  {
    name: 'keeps visitors apart from users: an anonymous session is nobody, and opens nothing [LIF-4]',
    async check(bench) {
      const visitor = await bench.sessions.createSession(null, CONTEXT, { kind: 'anonymous', data: { cart: ['book'] } })
      expect(visitor).toMatchObject({ userId: '', kind: 'anonymous', data: { cart: ['book'] } })
      expect((await invalid(bench, visitor.token, 'REAUTHENTICATION_REQUIRED')).reason).toBe('anonymous')
      const pendingOnly = await bench.sessions.validateSession(visitor.token, {}, { allow: ['pending'] })
      expect(pendingOnly.isValid).toBe(false)
      const allowed = await bench.sessions.validateSession(visitor.token, {}, { allow: ['anonymous'] })
      expect(allowed.isValid && allowed.session.data).toEqual({ cart: ['book'] })
      await refusal(bench.sessions.reauthenticateSession(visitor.token), 'REAUTHENTICATION_REQUIRED')
      await refusal(bench.sessions.renewSession(visitor.token), 'REAUTHENTICATION_REQUIRED')
      await bench.clock.advance(2 * HOUR + SECOND)
      const late = await bench.sessions.validateSession(visitor.token, {}, { allow: ['anonymous'] })
      expect(!late.isValid && late.error.code).toBe('SESSION_EXPIRED')
    },
  },
  {
    name: 'takes along at login only what is named, and ends the session of before [LIF-1 LIF-3 ATK-001 ATK-003]',
    async check(bench) {
      const data = { cart: ['book'], csrf: 'planted', isAdmin: true }
      for (const [carryOver, expected] of [
        [undefined, {}],
        [[], {}],
        [['cart'], { cart: ['book'] }],
        [['cart', 'missing'], { cart: ['book'] }],
      ] as const) {
        const visitor = await bench.sessions.createSession(null, {}, { kind: 'anonymous', data })
        const options = { replaces: visitor.token, ...(carryOver === undefined ? {} : { carryOver }) }
        const user = await bench.sessions.createSession('user-1', {}, options)
        expect(user.data).toEqual(expected)
        expect(user.token).not.toBe(visitor.token)
        const old = await bench.sessions.validateSession(visitor.token, {}, { allow: ['anonymous', 'pending'] })
        expect(!old.isValid && old.error).toMatchObject({ code: 'SESSION_REVOKED', reason: 'replaced' })
      }
    },
  },
  {
    name: 'takes nothing along from a session of somebody else, whole or pending [LIF-1 LIF-3 ATK-010]',
    async check(bench) {
      const data = { cart: ['secret'] }
      for (const options of [{}, { kind: 'pending' }] as const) {
        const other = await bench.sessions.createSession('user-2', {}, { ...options, data })
        const mine = await bench.sessions.createSession('user-1', {}, { replaces: other.token, carryOver: ['cart'] })
        expect(mine.data).toEqual({})
        const old = await bench.sessions.validateSession(other.token, {}, { allow: ['pending'] })
        expect(old.isValid).toBe(false)
      }
      const own = await bench.sessions.createSession('user-1', {}, { kind: 'pending', data })
      expect((await bench.sessions.createSession('user-1', {}, { replaces: own.token, carryOver: ['cart'], data: { x: 1 } })).data).toEqual(
        {
          cart: ['secret'],
          x: 1,
        },
      )
    },
  },
  {
    name: 'lets one source begin twenty anonymous sessions a minute, an IPv6 neighbourhood counting as one [LIF-9]',
    async check(bench) {
      const begin = (ipAddress: string): Promise<unknown> => bench.sessions.createSession(null, { ipAddress }, { kind: 'anonymous' })
      for (let i = 0; i < 20; i++) await begin(`2001:db8:1:2::${i + 1}`)
      expect((await refusal(begin('2001:db8:1:2:ffff::1'), 'RATE_LIMITED')).retryAfter).toBe(60)
      await begin('2001:db8:1:3::1')
      await begin('192.0.2.1')
      await bench.sessions.createSession('user-1', { ipAddress: '2001:db8:1:2::1' })
      await bench.clock.advance(MINUTE)
      await begin('2001:db8:1:2::1')
    },
  },
  {
    name: 'keeps who acts as a user, and nothing that is presented changes it [ATK-009]',
    async check(bench) {
      const admin = await bench.sessions.createSession('admin-1', {}, { roles: ['admin'] })
      const acting = await bench.sessions.createSession('user-1', {}, { actor: 'admin-1', replaces: admin.token })
      expect(acting.actor).toBe('admin-1')
      await invalid(bench, admin.token, 'SESSION_REVOKED')
      const seen = await valid(bench, acting.token)
      expect(seen).toMatchObject({ userId: 'user-1', actor: 'admin-1' })
      const proven = await bench.sessions.reauthenticateSession(acting.token)
      expect(proven.actor).toBe('admin-1')
      await refusal(bench.sessions.updateSessionContext(proven.token, { actor: 'user-9' } as never), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.reauthenticateSession(proven.token, {}, { actor: 'user-9' } as never), 'INVALID_ARGUMENT')
      const back = await bench.sessions.createSession(proven.actor!, {}, { roles: ['admin'], replaces: proven.token })
      expect(back.userId).toBe('admin-1')
      expect('actor' in back).toBe(false)
      await invalid(bench, proven.token, 'SESSION_REVOKED')
    },
  },
  {
    name: 'refuses kinds that are none, users without a name, and visitors with one',
    async check(bench) {
      await refusal(bench.sessions.createSession('user-1', {}, { kind: 'admin' } as never), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.createSession(null), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.createSession(null, {}, { kind: 'pending' }), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.createSession('user-1', {}, { kind: 'anonymous' }), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.createSession(null, {}, { kind: 'anonymous', roles: ['admin'] }), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.createSession('user-1', {}, { carryOver: 'cart' } as never), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.createSession('user-1', {}, { actor: '' }), 'INVALID_ARGUMENT')
    },
  },
]
