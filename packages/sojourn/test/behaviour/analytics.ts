import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import {
  CONTEXT,
  FIREFOX_LINUX,
  FIREFOX_LINUX_NEWER,
  foreignToken,
  invalid,
  MINUTE,
  RENEWABLE,
  refusal,
  SECOND,
  valid,
} from './expectations.js'

export const analytics: readonly BehaviourCheck[] = [
  {
    name: 'tells the duration in minutes, the last use, the requests and where they came from',
    async check(bench) {
      const { id, token, createdAt } = await bench.sessions.createSession('user-1', CONTEXT)
      await bench.clock.advance(10 * MINUTE)
      await valid(bench, token, CONTEXT)
      await bench.clock.advance(5 * MINUTE + 30 * SECOND)
      await valid(bench, token, { ...CONTEXT, ipAddress: '198.51.100.9', userAgent: FIREFOX_LINUX_NEWER })
      const used = new Date(bench.clock.now())
      await bench.clock.advance(3 * MINUTE)
      const seen = await bench.sessions.getSessionAnalytics(token)
      expect(Object.keys(seen).sort()).toEqual([
        'createdAt',
        'duration',
        'ipAddresses',
        'lastActivity',
        'renewals',
        'requestCount',
        'sessionId',
        'userAgents',
      ])
      expect(seen).toMatchObject({ sessionId: id, duration: 15.5, createdAt, lastActivity: used, requestCount: 2, renewals: 0 })
      const second = { firstSeen: used, lastSeen: used }
      const first = { firstSeen: createdAt, lastSeen: new Date(createdAt.getTime() + 10 * MINUTE) }
      expect(seen.ipAddresses).toEqual([
        { value: CONTEXT.ipAddress, ...first },
        { value: '198.51.100.9', ...second },
      ])
      expect(seen.userAgents).toEqual([
        { value: FIREFOX_LINUX, ...first },
        { value: FIREFOX_LINUX_NEWER, ...second },
      ])
    },
  },
  {
    name: 'counts what was accepted, and nothing that was refused',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      for (let i = 0; i < 7; i++) await valid(bench, token)
      await invalid(bench, token, 'CONTEXT_MISMATCH', { deviceId: 'phone-3' })
      await invalid(bench, `${token}x`)
      expect((await bench.sessions.getSessionAnalytics(token)).requestCount).toBe(7)
    },
  },
  {
    name: 'counts every one of many at once [STO-12]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(MINUTE)
      await Promise.all(Array.from({ length: 40 }, () => valid(bench, token)))
      expect((await bench.sessions.getSessionAnalytics(token)).requestCount).toBe(40)
      await bench.manager.flush()
      expect((await bench.sessions.getSessionAnalytics(token)).requestCount).toBe(40)
    },
  },
  {
    name: 'remembers the count over a restart',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      await bench.clock.advance(MINUTE)
      for (let i = 0; i < 5; i++) await valid(bench, token)
      await bench.manager.flush()
      const restarted = await bench.another()
      expect(await restarted.getSessionAnalytics(token)).toMatchObject({ requestCount: 5, duration: 1 })
    },
  },
  {
    name: 'lists the newest 16 addresses and user agents at most, newest last',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      for (let i = 1; i <= 20; i++) {
        await bench.clock.advance(MINUTE)
        const userAgent = FIREFOX_LINUX.replaceAll('128.0', `${100 + i}.0`)
        await valid(bench, token, { ipAddress: `198.51.100.${i}`, userAgent })
      }
      const { ipAddresses, userAgents, requestCount } = await bench.sessions.getSessionAnalytics(token)
      expect(ipAddresses.map(({ value }) => value)).toEqual(Array.from({ length: 16 }, (_, i) => `198.51.100.${i + 5}`))
      expect(userAgents).toHaveLength(16)
      expect(userAgents.at(-1)?.value).toContain('Firefox/120.0')
      expect(requestCount).toBe(20)
    },
  },
  {
    name: 'puts an address that is used again last',
    async check(bench) {
      const { token, createdAt } = await bench.sessions.createSession('user-1', { ipAddress: '203.0.113.7' })
      await bench.clock.advance(MINUTE)
      await valid(bench, token, { ipAddress: '198.51.100.9' })
      await bench.clock.advance(MINUTE)
      await valid(bench, token, { ipAddress: '203.0.113.7' })
      const { ipAddresses } = await bench.sessions.getSessionAnalytics(token)
      expect(ipAddresses.map(({ value }) => value)).toEqual(['198.51.100.9', '203.0.113.7'])
      expect(ipAddresses[1]).toMatchObject({ firstSeen: createdAt, lastSeen: new Date(bench.clock.now()) })
    },
  },
  {
    name: 'counts renewals, and takes the token before and after one as well as the public id',
    limits: RENEWABLE,
    async check(bench) {
      const first = await bench.sessions.createSession('user-1')
      const next = await bench.sessions.renewSession(first.token)
      const byToken = await bench.sessions.getSessionAnalytics(next.token)
      expect(byToken.renewals).toBe(1)
      expect(await bench.sessions.getSessionAnalytics(first.id)).toEqual(byToken)
      expect(JSON.stringify(byToken)).not.toContain(next.token)
    },
  },
  {
    name: 'is no use of the session itself',
    async check(bench) {
      const { token, createdAt } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(20 * MINUTE)
      await bench.sessions.getSessionAnalytics(token)
      await bench.clock.advance(MINUTE)
      expect((await bench.sessions.getSessionAnalytics(token)).lastActivity).toEqual(createdAt)
      await bench.clock.advance(9 * MINUTE + SECOND)
      await invalid(bench, token, 'SESSION_EXPIRED')
    },
  },
  {
    name: 'refuses what opens no session',
    async check(bench) {
      await refusal(bench.sessions.getSessionAnalytics('x'), 'TOKEN_MALFORMED')
      await refusal(bench.sessions.getSessionAnalytics(await foreignToken(bench)), 'TOKEN_INVALID')
      await refusal(bench.sessions.getSessionAnalytics(`sid_aa${'A'.repeat(22)}`), 'SESSION_NOT_FOUND')
    },
  },
]
