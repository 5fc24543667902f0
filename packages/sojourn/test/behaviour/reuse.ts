import { expect } from 'vitest'
import type { Sessions } from '../../src/sessions.js'
import type { BehaviourCheck } from './bench.js'
import { CONTEXT, HOUR, invalid, isAlive, MINUTE, RENEWABLE, refusal, SECOND, valid } from './expectations.js'

const GRACE = 30 * SECOND

const USES: Readonly<Record<string, (sessions: Sessions, token: string) => Promise<unknown>>> = {
  'validateSession without activity': (sessions, token) => sessions.validateSession(token, undefined, { activity: false }),
  updateSessionContext: (sessions, token) => sessions.updateSessionContext(token, { deviceId: 'phone-3' }),
  setSessionPermissions: (sessions, token) => sessions.setSessionPermissions(token, ['admin']),
  getSessionAnalytics: (sessions, token) => sessions.getSessionAnalytics(token),
}

export const reuse: readonly BehaviourCheck[] = [
  {
    name: 'is one and the same for 50 parallel renewals, which count as one [LIF-6]',
    limits: RENEWABLE,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      const renewed = await bench.patiently(Promise.all(Array.from({ length: 50 }, () => bench.sessions.renewSession(token))))
      expect(new Set(renewed.map((session) => session.token)).size).toBe(1)
      expect(new Set(renewed.map(({ renewals }) => renewals))).toEqual(new Set([1]))
      expect((await valid(bench, renewed[0]!.token)).renewals).toBe(1)
      expect(bench.events.filter(({ type }) => type === 'session.renewed')).toHaveLength(1)
    },
  },
  {
    name: 'logs nobody out when 50 parallel validations meet the renewal by itself [LIF-6]',
    limits: { ...RENEWABLE, renewal: { auto: true, threshold: '1h', gracePeriod: '30s' } },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      await bench.clock.advance(7.5 * HOUR)
      const results = await bench.patiently(Promise.all(Array.from({ length: 50 }, () => bench.sessions.validateSession(token))))
      expect(results.filter(({ isValid }) => !isValid)).toEqual([])
      const successors = new Set(results.flatMap((result) => (result.isValid && result.renewed ? [result.renewed.token] : [])))
      expect(successors.size).toBe(1)
      expect((await valid(bench, [...successors][0]!)).renewals).toBe(1)
    },
  },
  {
    name: 'leaves the old one good for the grace, also once it is in use itself [LIF-7]',
    limits: RENEWABLE,
    async check(bench) {
      const old = await bench.sessions.createSession('user-1')
      const next = await bench.sessions.renewSession(old.token)
      await valid(bench, next.token)
      await bench.clock.advance(GRACE - SECOND)
      expect((await valid(bench, old.token)).id).toBe(next.id)
      expect((await bench.sessions.renewSession(old.token)).token).toBe(next.token)
      expect(await isAlive(bench, next.token)).toBe(true)
    },
  },
  {
    name: 'makes the old one refused after the grace, and the session goes on when the new one was never used [LIF-7]',
    limits: RENEWABLE,
    async check(bench) {
      const old = await bench.sessions.createSession('user-1')
      const next = await bench.sessions.renewSession(old.token)
      await bench.clock.advance(GRACE + SECOND)
      await invalid(bench, old.token)
      expect(bench.events.filter(({ type }) => type === 'security.reuse')).toEqual([])
      await valid(bench, next.token)
    },
  },
  {
    name: 'is given again when the answer was lost, also after the grace',
    limits: RENEWABLE,
    async check(bench) {
      const old = await bench.sessions.createSession('user-1')
      const lost = await bench.sessions.renewSession(old.token)
      await bench.clock.advance(GRACE + 5 * MINUTE)
      const again = await bench.sessions.renewSession(old.token)
      expect(again).toMatchObject({ token: lost.token, renewals: 1 })
      await valid(bench, again.token)
    },
  },
  {
    name: 'is renewed itself by its own holder, step by step',
    limits: RENEWABLE,
    async check(bench) {
      let { id, token } = await bench.sessions.createSession('user-1')
      const seen = new Set([token])
      for (let step = 1; step <= 10; step++) {
        await bench.clock.advance(MINUTE)
        const next = await bench.sessions.renewSession(token)
        expect(next).toMatchObject({ id, renewals: step })
        token = next.token
        seen.add(token)
      }
      expect(seen.size).toBe(11)
      await valid(bench, token)
    },
  },
  ...(['validate', 'renew'] as const).map(
    (verb): BehaviourCheck => ({
      name: `makes the old one theft once it was used and the grace is over: ${verb} ends the session [ATK-011]`,
      limits: RENEWABLE,
      async check(bench) {
        const old = await bench.sessions.createSession('user-1')
        const next = await bench.sessions.renewSession(old.token)
        await valid(bench, next.token)
        await bench.clock.advance(GRACE + SECOND)
        if (verb === 'validate') await invalid(bench, old.token, 'TOKEN_REUSED')
        else await refusal(bench.sessions.renewSession(old.token), 'TOKEN_REUSED')
        expect((await invalid(bench, next.token, 'SESSION_REVOKED')).reason).toBe('security.reuse')
        await refusal(bench.sessions.renewSession(next.token), 'SESSION_REVOKED')
        await refusal(bench.sessions.renewSession(old.token), ['SESSION_REVOKED', 'TOKEN_REUSED'])
        expect(await bench.sessions.getActiveSessions('user-1')).toEqual([])
        expect(bench.events.filter(({ type }) => type === 'security.reuse')).toMatchObject([{ sessionId: old.id }])
        expect(bench.events.filter(({ type }) => type === 'session.ended')).toMatchObject([{ sessionId: old.id, reason: 'security.reuse' }])
      },
    }),
  ),
  ...Object.entries(USES).map(
    ([verb, use]): BehaviourCheck => ({
      name: `counts as used once it was presented to ${verb}`,
      limits: RENEWABLE,
      async check(bench) {
        const old = await bench.sessions.createSession('user-1')
        const next = await bench.sessions.renewSession(old.token)
        await use(bench.sessions, next.token)
        await bench.clock.advance(GRACE + SECOND)
        await invalid(bench, old.token, 'TOKEN_REUSED')
      },
    }),
  ),
  ...(['validate', 'renew'] as const).map(
    (verb): BehaviourCheck => ({
      name: `makes one that is two steps old theft at once: ${verb} ends the session`,
      limits: RENEWABLE,
      async check(bench) {
        const first = await bench.sessions.createSession('user-1')
        const second = await bench.sessions.renewSession(first.token)
        const third = await bench.sessions.renewSession(second.token)
        if (verb === 'validate') await invalid(bench, first.token, 'TOKEN_REUSED')
        else await refusal(bench.sessions.renewSession(first.token), 'TOKEN_REUSED')
        expect((await invalid(bench, third.token, 'SESSION_REVOKED')).reason).toBe('security.reuse')
        expect(await isAlive(bench, second.token)).toBe(false)
      },
    }),
  ),
  {
    name: 'is remembered over a restart: a used-up token stays theft',
    limits: RENEWABLE,
    async check(bench) {
      const old = await bench.sessions.createSession('user-1')
      const next = await bench.sessions.renewSession(old.token)
      await valid(bench, next.token)
      await bench.manager.flush()
      await bench.clock.advance(GRACE + SECOND)
      const restarted = await bench.another()
      const result = await restarted.validateSession(old.token)
      expect(result).toMatchObject({ isValid: false, error: { code: 'TOKEN_REUSED' } })
      expect(await isAlive(bench, next.token)).toBe(false)
    },
  },
  {
    name: 'is the same on every node',
    limits: RENEWABLE,
    async check(bench) {
      const other = await bench.another()
      const { token } = await bench.sessions.createSession('user-1')
      const [here, there] = await bench.patiently(Promise.all([bench.sessions.renewSession(token), other.renewSession(token)]))
      expect(here.token).toBe(there.token)
      expect((await valid(bench, here.token)).renewals).toBe(1)
    },
  },
  {
    name: 'loses the session with the old one when that is ended [LIF-7]',
    limits: RENEWABLE,
    async check(bench) {
      const old = await bench.sessions.createSession('user-1')
      const next = await bench.sessions.renewSession(old.token)
      await bench.sessions.terminateSession(old.token)
      expect((await invalid(bench, next.token, 'SESSION_REVOKED')).reason).toBe('logout')
    },
  },
]
