import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import { DAY, invalid, isAlive, MINUTE, RENEWABLE, refusal, SECOND, unlessRefused, valid } from './expectations.js'

export const limit: readonly BehaviourCheck[] = [
  {
    name: 'ends the oldest session when a login goes above it [CON-2]',
    limits: { maxConcurrentSessions: 3 },
    async check(bench) {
      const made = []
      for (let i = 0; i < 5; i++) {
        made.push(await bench.sessions.createSession('user-1'))
        await bench.clock.advance(SECOND)
      }
      for (const { token } of made.slice(0, 2)) {
        expect(await invalid(bench, token, 'SESSION_REVOKED')).toMatchObject({ reason: 'limit' })
      }
      for (const { token } of made.slice(2)) await valid(bench, token)
      expect((await bench.sessions.getActiveSessions('user-1')).map(({ id }) => id)).toEqual(made.slice(2).map(({ id }) => id))
      expect(bench.events.filter(({ type, reason }) => type === 'session.ended' && reason === 'limit')).toHaveLength(2)
    },
  },
  {
    name: 'is 10 unless it is set otherwise',
    async check(bench) {
      const made = []
      for (let i = 0; i < 11; i++) {
        made.push(await bench.sessions.createSession('user-1'))
        await bench.clock.advance(SECOND)
      }
      expect(await bench.sessions.getActiveSessions('user-1')).toHaveLength(10)
      expect(await isAlive(bench, made[0]!.token)).toBe(false)
    },
  },
  {
    name: 'is met exactly by logins of the same millisecond, and by the oldest-first order of the list',
    limits: { maxConcurrentSessions: 3 },
    async check(bench) {
      const made = []
      for (let i = 0; i < 8; i++) {
        made.push(await bench.sessions.createSession('user-1'))
        expect((await bench.sessions.getActiveSessions('user-1')).length).toBe(Math.min(i + 1, 3))
      }
      const listed = await bench.sessions.getActiveSessions('user-1')
      expect(listed.map(({ id }) => id)).toEqual(listed.map(({ id }) => id).sort())
      let alive = 0
      for (const { token } of made) alive += (await isAlive(bench, token)) ? 1 : 0
      expect(alive).toBe(3)
    },
  },
  {
    name: 'is met exactly by 50 parallel logins, and those that lost say so [CON-1]',
    limits: { maxConcurrentSessions: 5 },
    async check(bench) {
      const made = await bench.patiently(Promise.all(Array.from({ length: 50 }, () => bench.sessions.createSession('user-1'))))
      let alive = 0
      for (const { token } of made) {
        if (await isAlive(bench, token)) alive += 1
        else expect((await invalid(bench, token, 'SESSION_REVOKED')).reason).toBe('limit')
      }
      expect(alive).toBe(5)
      expect(await bench.sessions.getActiveSessions('user-1')).toHaveLength(5)
    },
  },
  {
    name: 'is met exactly by parallel logins on two nodes [CON-1 ATK-122]',
    limits: { maxConcurrentSessions: 4 },
    async check(bench) {
      const other = await bench.another()
      const logins = Array.from({ length: 30 }, (_, i) => (i % 2 === 0 ? bench.sessions : other).createSession('user-1'))
      const made = await bench.patiently(Promise.all(logins))
      let alive = 0
      for (const { token } of made) alive += (await isAlive(bench, token)) ? 1 : 0
      expect(alive).toBe(4)
    },
  },
  {
    name: 'holds for each user alone',
    limits: { maxConcurrentSessions: 1 },
    async check(bench) {
      const one = await bench.sessions.createSession('user-1')
      const two = await bench.sessions.createSession('user-2')
      await valid(bench, one.token)
      await valid(bench, two.token)
    },
  },
  {
    name: 'refuses the login where the policy is to reject, and leaves the others alone',
    limits: { maxConcurrentSessions: 2, onSessionLimit: 'reject' },
    async check(bench) {
      const made = [await bench.sessions.createSession('user-1'), await bench.sessions.createSession('user-1')]
      const rows = (await bench.store.rows()).length
      expect(await refusal(bench.sessions.createSession('user-1'), 'SESSION_LIMIT_REACHED')).toMatchObject({ status: 409 })
      for (const { token } of made) await valid(bench, token)
      expect(await bench.sessions.getActiveSessions('user-1')).toHaveLength(2)
      expect(await bench.store.rows()).toHaveLength(rows)
      await bench.sessions.terminateSession(made[0]!.token)
      await valid(bench, (await bench.sessions.createSession('user-1')).token)
    },
  },
  {
    name: 'ends the session that was not used for the longest time where that is the policy [CON-2]',
    limits: { maxConcurrentSessions: 2, onSessionLimit: 'evict-idle' },
    async check(bench) {
      const first = await bench.sessions.createSession('user-1')
      await bench.clock.advance(MINUTE)
      const second = await bench.sessions.createSession('user-1')
      await bench.clock.advance(MINUTE)
      await valid(bench, first.token)
      await bench.clock.advance(MINUTE)
      const third = await bench.sessions.createSession('user-1')
      await invalid(bench, second.token, 'SESSION_REVOKED')
      await valid(bench, first.token)
      await valid(bench, third.token)
    },
  },
  {
    name: 'is met by 20 parallel logins that end idle sessions, and never leaves nobody',
    limits: { maxConcurrentSessions: 2, onSessionLimit: 'evict-idle' },
    async check(bench) {
      const before = await bench.sessions.createSession('user-1')
      await bench.clock.advance(MINUTE)
      await valid(bench, before.token)
      const made = await bench.patiently(Promise.all(Array.from({ length: 20 }, () => bench.sessions.createSession('user-1'))))
      let alive = 0
      for (const { token } of [before, ...made]) alive += (await isAlive(bench, token)) ? 1 : 0
      expect(alive).toBe(2)
    },
  },
  {
    name: 'is that of the strictest role of the sessions that stay',
    limits: { maxConcurrentSessions: 3, roles: { admin: { maxConcurrentSessions: 1 } } },
    async check(bench) {
      const plain = [await bench.sessions.createSession('user-1'), await bench.sessions.createSession('user-1')]
      await bench.clock.advance(SECOND)
      const admin = await bench.sessions.createSession('user-1', {}, { roles: ['admin'] })
      for (const { token } of plain) await invalid(bench, token, 'SESSION_REVOKED')
      await bench.clock.advance(SECOND)
      const after = await bench.sessions.createSession('user-1')
      await invalid(bench, admin.token, 'SESSION_REVOKED')
      await valid(bench, after.token)
    },
  },
  {
    name: 'is told to those who watch, when a login goes above it and when one is refused for it [CON-3 CON-5]',
    limits: { maxConcurrentSessions: 1 },
    async check(bench) {
      const first = await bench.sessions.createSession('user-1')
      await bench.clock.advance(SECOND)
      expect(bench.events.filter(({ type }) => type === 'security.limit-exceeded')).toEqual([])
      const { id } = await bench.sessions.createSession('user-1', { ipAddress: '203.0.113.7' })
      expect(bench.events.filter(({ type }) => type === 'security.limit-exceeded')).toEqual([
        expect.objectContaining({ sessionId: id, reason: 'evicted', count: 1, subject: bench.manager.pseudonym('user-1') }),
      ])
      expect(bench.events.find(({ type }) => type === 'session.ended')).toMatchObject({ sessionId: first.id, reason: 'limit' })
    },
  },
  {
    name: 'that refuses logins is told to those who watch as well [CON-3 CON-5]',
    limits: { maxConcurrentSessions: 1, onSessionLimit: 'reject' },
    async check(bench) {
      await bench.sessions.createSession('user-1')
      await refusal(bench.sessions.createSession('user-1'), 'SESSION_LIMIT_REACHED')
      expect(bench.events.filter(({ type }) => type === 'security.limit-exceeded')).toEqual([
        expect.objectContaining({ reason: 'rejected', subject: bench.manager.pseudonym('user-1') }),
      ])
    },
  },
  {
    name: 'is never gone above by 50 parallel logins where the policy is to reject',
    limits: { maxConcurrentSessions: 5, onSessionLimit: 'reject' },
    async check(bench) {
      const outcomes = await bench.patiently(Promise.allSettled(Array.from({ length: 50 }, () => bench.sessions.createSession('user-1'))))
      const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'SESSION_LIMIT_REACHED' })
      expect(made).toHaveLength(5)
      for (const { token } of made) await valid(bench, token)
      expect(await bench.sessions.getActiveSessions('user-1')).toHaveLength(5)
    },
  },
  {
    name: 'does not count sessions that have expired or were ended, swept or not [CON-4]',
    limits: { maxConcurrentSessions: 2, onSessionLimit: 'reject' },
    async check(bench) {
      await bench.sessions.createSession('user-1')
      await bench.sessions.createSession('user-1')
      await bench.clock.advance(31 * MINUTE)
      const later = [await bench.sessions.createSession('user-1'), await bench.sessions.createSession('user-1')]
      for (const { token } of later) await valid(bench, token)
      await bench.sessions.terminateSession(later[0]!.id)
      await bench.sessions.createSession('user-1')
      await refusal(bench.sessions.createSession('user-1'), 'SESSION_LIMIT_REACHED')
    },
  },
  {
    name: 'ends a living session for no expired one',
    limits: { maxConcurrentSessions: 2 },
    async check(bench) {
      const kept = await bench.sessions.createSession('user-1')
      await bench.clock.advance(SECOND)
      await bench.sessions.createSession('user-1')
      await bench.clock.advance(20 * MINUTE)
      await valid(bench, kept.token)
      await bench.clock.advance(15 * MINUTE)
      const next = await bench.sessions.createSession('user-1')
      await valid(bench, kept.token)
      await valid(bench, next.token)
    },
  },
  {
    name: 'is no weapon: a login that is refused, or too old to live, ends nobody else',
    limits: { maxConcurrentSessions: 2 },
    async check(bench) {
      const stale = new Date(bench.clock.now())
      const ancient = new Date(bench.clock.now() - 8 * DAY)
      await bench.clock.advance(SECOND)
      await bench.sessions.terminateAllUserSessions('user-1')
      await bench.clock.advance(SECOND)
      const living = [await bench.sessions.createSession('user-1'), await bench.sessions.createSession('user-1')]
      await bench.clock.advance(SECOND)
      await refusal(bench.sessions.createSession('user-1', {}, { authTime: stale }), 'REAUTHENTICATION_REQUIRED')
      await unlessRefused(bench.sessions.createSession('user-1', {}, { authTime: ancient }), [
        'REAUTHENTICATION_REQUIRED',
        'INVALID_ARGUMENT',
      ])
      for (const { token } of living) await valid(bench, token)
    },
  },
  {
    name: 'is not gone above by renewals, and leaves the place of an ended session free',
    limits: { ...RENEWABLE, maxConcurrentSessions: 2 },
    async check(bench) {
      const one = await bench.sessions.createSession('user-1')
      await bench.clock.advance(SECOND)
      const two = await bench.sessions.createSession('user-1')
      const renewed = await bench.sessions.renewSession(one.token)
      await valid(bench, two.token)
      await bench.sessions.terminateSession(two.token)
      await bench.clock.advance(SECOND)
      await bench.sessions.createSession('user-1')
      await valid(bench, renewed.token)
    },
  },
  {
    name: 'has room for the session that takes the place of another one of that user',
    limits: { maxConcurrentSessions: 2 },
    async check(bench) {
      const kept = await bench.sessions.createSession('user-1')
      await bench.clock.advance(SECOND)
      const before = await bench.sessions.createSession('user-1')
      await bench.clock.advance(SECOND)
      const after = await bench.sessions.createSession('user-1', {}, { replaces: before.token })
      await valid(bench, after.token)
      await valid(bench, kept.token)
      expect(await isAlive(bench, before.token)).toBe(false)
    },
  },
]
