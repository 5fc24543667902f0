import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import {
  CHROME_WINDOWS,
  CONTEXT,
  DAY,
  FIREFOX_LINUX,
  foreignToken,
  HOUR,
  invalid,
  MINUTE,
  RENEWABLE,
  refusal,
  SECOND,
  valid,
} from './expectations.js'

export const reauthenticate: readonly BehaviourCheck[] = [
  {
    name: 'gives the same session a new token, and refuses the old one at once [LIF-2 LIF-7 TMO-3]',
    async check(bench) {
      const before = await bench.sessions.createSession('user-1', CONTEXT, { roles: ['member'], permissions: ['read'], data: { a: 1 } })
      await bench.clock.advance(MINUTE)
      const after = await bench.sessions.reauthenticateSession(before.token)
      expect(after.token).not.toBe(before.token)
      expect(after).toMatchObject({
        id: before.id,
        userId: 'user-1',
        roles: ['member'],
        permissions: ['read'],
        data: { a: 1 },
        context: CONTEXT,
      })
      expect((await invalid(bench, before.token, 'REAUTHENTICATION_REQUIRED')).reason).toBe('replaced')
      await refusal(bench.sessions.renewSession(before.token), 'REAUTHENTICATION_REQUIRED')
      expect((await valid(bench, after.token)).id).toBe(before.id)
    },
  },
  {
    name: 'starts all clocks anew, and nothing else does [TMO-3]',
    limits: {
      sessionLifetime: '8h',
      maxSessionDuration: '12h',
      absoluteTimeout: '24h',
      idleTimeout: '8h',
      renewal: { auto: false, threshold: '8h' },
    },
    async check(bench) {
      const first = await bench.sessions.createSession('user-1')
      await bench.clock.advance(7 * HOUR)
      const renewed = await bench.sessions.renewSession(first.token)
      expect(renewed.absoluteExpiresAt).toEqual(first.absoluteExpiresAt)
      expect(renewed.authTime).toEqual(first.authTime)
      const proven = await bench.sessions.reauthenticateSession(renewed.token)
      const now = bench.clock.now()
      expect(proven.authTime).toEqual(new Date(now))
      expect(proven.expiresAt).toEqual(new Date(now + 8 * HOUR))
      expect(proven.absoluteExpiresAt).toEqual(new Date(now + 12 * HOUR))
      expect(proven.renewals).toBe(0)
      expect(proven.createdAt).toEqual(first.createdAt)
      await bench.clock.advance(7 * HOUR)
      expect((await valid(bench, proven.token)).status).toBe('active')
      await bench.clock.advance(HOUR + SECOND)
      await invalid(bench, proven.token, 'SESSION_EXPIRED')
    },
  },
  {
    name: 'drops what was elevated, and the proof of before: the session says what this one says [STP-2 STP-4 STP-5]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', {}, { acr: 'aal2', amr: ['pwd', 'otp'], permissions: ['read'] })
      await bench.sessions.setSessionPermissions(token, ['read', 'admin'])
      const { grant } = await bench.sessions.grantOperation(token, { operation: 'pay' })
      const after = await bench.sessions.reauthenticateSession(token, {}, { amr: ['pwd'] })
      expect(after.permissions).toEqual(['read'])
      expect('elevatedUntil' in after).toBe(false)
      expect(after.amr).toEqual(['pwd'])
      expect('acr' in after).toBe(false)
      await refusal(bench.sessions.useGrant(after.token, grant, { operation: 'pay' }), 'PERMISSION_DENIED')
      const stronger = await bench.sessions.reauthenticateSession(
        after.token,
        {},
        { acr: 'aal3', permissions: ['read', 'write'], roles: ['boss'] },
      )
      expect(stronger).toMatchObject({ acr: 'aal3', permissions: ['read', 'write'], roles: ['boss'] })
      expect('amr' in stronger).toBe(false)
    },
  },
  {
    name: 'is how somebody goes on who seemed to be somebody else',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', { userAgent: FIREFOX_LINUX })
      await invalid(bench, token, 'CONTEXT_MISMATCH', { userAgent: CHROME_WINDOWS })
      const after = await bench.sessions.reauthenticateSession(token, { userAgent: CHROME_WINDOWS })
      expect((await valid(bench, after.token, { userAgent: CHROME_WINDOWS })).context.userAgent).toBe(CHROME_WINDOWS)
    },
  },
  {
    name: 'refuses a proof from before the user was logged out everywhere, and ends the session [TRM-4]',
    async check(bench) {
      const authTime = new Date(bench.clock.now())
      await bench.clock.advance(MINUTE)
      await bench.sessions.terminateAllUserSessions('user-1')
      await bench.clock.advance(MINUTE)
      const { token } = await bench.sessions.createSession('user-1')
      await refusal(bench.sessions.reauthenticateSession(token, {}, { authTime }), 'REAUTHENTICATION_REQUIRED')
      await invalid(bench, token)
    },
  },
  {
    name: 'is refused for what opens no session, and for bad input, and changes nothing then',
    async check(bench) {
      const { token, id } = await bench.sessions.createSession('user-1')
      await refusal(bench.sessions.reauthenticateSession('x'), 'TOKEN_MALFORMED')
      await refusal(bench.sessions.reauthenticateSession(await foreignToken(bench)), 'TOKEN_INVALID')
      await refusal(bench.sessions.reauthenticateSession(id), 'TOKEN_MALFORMED')
      const future = new Date(bench.clock.now() + HOUR)
      await refusal(bench.sessions.reauthenticateSession(token, {}, { authTime: future }), 'INVALID_ARGUMENT')
      await refusal(
        bench.sessions.reauthenticateSession(token, {}, { authTime: new Date(bench.clock.now() - 30 * DAY) }),
        'REAUTHENTICATION_REQUIRED',
      )
      await refusal(bench.sessions.reauthenticateSession(token, {}, { roles: 'x' as never }), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.reauthenticateSession(token, {}, { hack: 1 } as never), 'INVALID_ARGUMENT')
      expect((await valid(bench, token)).renewals).toBe(0)
      await bench.sessions.terminateSession(token)
      await refusal(bench.sessions.reauthenticateSession(token), 'SESSION_REVOKED')
    },
  },
  {
    name: 'gives one of twenty that race with one token the new one, and the others none [LIF-6]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => bench.sessions.reauthenticateSession(token)))
      const won = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.token] : []))
      expect(won).toHaveLength(1)
      for (const one of outcomes) if (one.status === 'rejected') expect(one.reason).toMatchObject({ status: 401 })
      await valid(bench, won[0]!)
    },
  },
  {
    name: 'never hands the new token to whoever renews the old one at the same moment [LIF-2]',
    limits: RENEWABLE,
    async check(bench) {
      for (let round = 0; round < 10; round++) {
        const { token } = await bench.sessions.createSession(`user-${round}`)
        const [proven, renewed] = await Promise.allSettled([
          bench.sessions.reauthenticateSession(token, {}, { permissions: ['secret'] }),
          bench.sessions.renewSession(token),
        ])
        if (proven.status === 'rejected') continue
        expect((await valid(bench, proven.value.token)).permissions).toEqual(['secret'])
        if (renewed.status === 'rejected') continue
        expect(renewed.value.token).not.toBe(proven.value.token)
        expect(renewed.value.permissions).toEqual([])
        await invalid(bench, renewed.value.token)
      }
    },
  },
  {
    name: 'moves a session to another tenant without the rights and data of the old one [LIF-2]',
    async check(bench) {
      const options = { tenant: 'north', roles: ['boss'], permissions: ['all'], data: { secret: 1 } }
      const { token } = await bench.sessions.createSession('user-1', {}, options)
      const moved = await bench.sessions.reauthenticateSession(token, {}, { tenant: 'south' })
      expect(moved).toMatchObject({ tenant: 'south', roles: [], permissions: [], data: {} })
      await invalid(bench, token)
      const back = await bench.sessions.reauthenticateSession(moved.token, {}, { tenant: 'north', roles: ['member'], data: { own: 2 } })
      expect(back).toMatchObject({ tenant: 'north', roles: ['member'], data: { own: 2 } })
    },
  },
  {
    name: 'says 503 while the store does not answer, and leaves the token good if nothing was written [AVL-1]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      bench.store.fail({ verbs: ['get', 'replace'] })
      await refusal(bench.patiently(bench.sessions.reauthenticateSession(token)), 'STORE_UNAVAILABLE')
      bench.store.mend()
      await bench.clock.advance(SECOND)
      await valid(bench, token)
    },
  },
]
