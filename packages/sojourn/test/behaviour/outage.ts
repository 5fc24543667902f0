import { expect } from 'vitest'
import type { AuditLog } from '../../src/events/audit.js'
import type { SessionManager } from '../../src/manager.js'
import type { Sessions } from '../../src/sessions.js'
import type { BehaviourCheck, Bench } from './bench.js'
import { turn } from './bench-clock.js'
import { invalid, isAlive, MINUTE, RENEWABLE, refusal, SECOND, unlessRefused, valid } from './expectations.js'

const brokenAudit: AuditLog = {
  append: () => Promise.reject(new Error('planted fault: the audit log is full')),
  close: () => Promise.resolve(),
}

type Call = (sessions: Sessions, token: string) => Promise<unknown>

const CALLS: Readonly<Record<string, Call>> = {
  createSession: (sessions) => sessions.createSession('user-1'),
  validateSession: (sessions, token) => sessions.validateSession(token),
  renewSession: (sessions, token) => sessions.renewSession(token),
  getActiveSessions: (sessions) => sessions.getActiveSessions('user-1'),
  updateSessionContext: (sessions, token) => sessions.updateSessionContext(token, { deviceId: 'phone-3' }),
  setSessionPermissions: (sessions, token) => sessions.setSessionPermissions(token, ['admin']),
  getSessionAnalytics: (sessions, token) => sessions.getSessionAnalytics(token),
}

const ENDINGS: Readonly<Record<string, Call>> = {
  terminateSession: (sessions, token) => sessions.terminateSession(token, { reason: 'security.theft-suspected' }),
  terminateAllUserSessions: (sessions) => sessions.terminateAllUserSessions('user-1', { reason: 'security.theft-suspected' }),
}

/** A session that is old enough for its next use to be written down. */
async function aged(bench: Bench): Promise<string> {
  const { token } = await bench.sessions.createSession('user-1')
  await bench.clock.advance(MINUTE)
  return token
}

/** Another process, which has read its keys and hears of changes: what it asks from now on is about sessions. */
async function newcomer(bench: Bench): Promise<SessionManager> {
  const manager = await bench.another()
  await manager.ping()
  while (bench.store.inFlight() > 0) await turn()
  return manager
}

export const outage: readonly BehaviourCheck[] = [
  ...Object.entries(CALLS).map(
    ([verb, call]): BehaviourCheck => ({
      name: `makes ${verb} throw STORE_UNAVAILABLE with the time to wait, and leaves the session as it was [AVL-1]`,
      limits: RENEWABLE,
      async check(bench) {
        const token = await aged(bench)
        bench.store.fail()
        const error = await refusal(bench.patiently(call(bench.sessions, token)), 'STORE_UNAVAILABLE')
        expect(error.status).toBe(503)
        expect(error.retryAfter).toBeGreaterThanOrEqual(1)
        expect(error.message).not.toContain(token)
        bench.store.mend()
        await bench.clock.advance(SECOND)
        const session = await valid(bench, token)
        expect(session).toMatchObject({ renewals: 0, permissions: [], context: {} })
        expect(await bench.sessions.getActiveSessions('user-1')).toHaveLength(1)
      },
    }),
  ),
  ...Object.entries(ENDINGS).map(
    ([verb, call]): BehaviourCheck => ({
      name: `makes ${verb} throw STORE_UNAVAILABLE, never "done"; once the store is back the session ends by itself, and a later login does not [TRM-6 ATK-030 ATK-033]`,
      async check(bench) {
        const token = await aged(bench)
        bench.store.fail()
        const error = await refusal(bench.patiently(call(bench.sessions, token)), 'STORE_UNAVAILABLE')
        expect(error).toMatchObject({ status: 503, retryAfter: expect.any(Number) })
        expect(await unlessRefused(bench.patiently(isAlive(bench, token)), 'STORE_UNAVAILABLE')).not.toBe(true)
        bench.store.mend()
        await bench.clock.advance(SECOND)
        const later = await bench.sessions.createSession('user-1')
        await bench.clock.advance(MINUTE)
        expect((await invalid(bench, token, 'SESSION_REVOKED')).reason).toBe('security.theft-suspected')
        const other = await bench.another()
        expect(await other.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
        await valid(bench, later.token)
      },
    }),
  ),
  ...(['get', 'replace'] as const).flatMap((verb) =>
    [1, 2].map(
      (times): BehaviourCheck => ({
        name: `is bridged by renewSession with back-off where ${verb} fails ${times} times`,
        limits: RENEWABLE,
        async check(bench) {
          const token = await aged(bench)
          const before = bench.clock.monotonic()
          // A process that has the session in memory does not read it again.
          const sessions = verb === 'get' ? await newcomer(bench) : bench.sessions
          bench.store.fail({ verbs: [verb], times })
          const next = await bench.patiently(sessions.renewSession(token))
          expect(next.renewals).toBe(1)
          expect(bench.clock.monotonic(), 'it waited between the tries').toBeGreaterThan(before)
          await valid(bench, next.token)
        },
      }),
    ),
  ),
  {
    name: 'that swallows the answer to a renewal makes it no second step',
    limits: RENEWABLE,
    async check(bench) {
      const token = await aged(bench)
      bench.store.fail({ verbs: ['replace'], times: 1, answerLost: true })
      const next = await bench.patiently(bench.sessions.renewSession(token))
      expect(next.renewals).toBe(1)
      expect((await valid(bench, next.token)).renewals).toBe(1)
      expect(bench.events.filter(({ type }) => type === 'security.reuse')).toEqual([])
    },
  },
  ...(['get', 'replace'] as const).map(
    (verb): BehaviourCheck => ({
      name: `is bridged by terminateSession with back-off where ${verb} fails twice`,
      async check(bench) {
        const token = await aged(bench)
        const before = bench.clock.monotonic()
        // A process that has the session in memory does not read it again.
        const sessions = verb === 'get' ? await newcomer(bench) : bench.sessions
        bench.store.fail({ verbs: [verb], times: 2 })
        await bench.patiently(sessions.terminateSession(token))
        expect(bench.clock.monotonic(), 'it waited between the tries').toBeGreaterThan(before)
        await invalid(bench, token, 'SESSION_REVOKED')
      },
    }),
  ),
  {
    name: 'that swallows the answer to a termination is bridged, and the reason stays',
    async check(bench) {
      const token = await aged(bench)
      bench.store.fail({ verbs: ['replace'], times: 1, answerLost: true })
      await bench.patiently(bench.sessions.terminateSession(token, { reason: 'security.theft-suspected' }))
      expect((await invalid(bench, token, 'SESSION_REVOKED')).reason).toBe('security.theft-suspected')
    },
  },
  {
    name: 'of writing alone is never answered with "ended", and repeating it later ends the session [TRM-6 ATK-033]',
    async check(bench) {
      const token = await aged(bench)
      bench.store.fail({ verbs: ['replace', 'remove', 'insert'] })
      await refusal(bench.patiently(bench.sessions.terminateSession(token)), 'STORE_UNAVAILABLE')
      await refusal(bench.patiently(bench.sessions.terminateAllUserSessions('user-1')), 'STORE_UNAVAILABLE')
      bench.store.mend()
      await bench.clock.advance(SECOND)
      await bench.sessions.terminateSession(token)
      await invalid(bench, token, 'SESSION_REVOKED')
    },
  },
  ...[0, 1, 2, 3, 5].map(
    (carried): BehaviourCheck => ({
      name: `that begins ${carried} calls into "log out everywhere" is never answered with "done" before all sessions have ended`,
      async check(bench) {
        const made = []
        for (let i = 0; i < 4; i++) made.push(await bench.sessions.createSession('user-1'))
        await bench.clock.advance(MINUTE)
        let left = carried
        bench.store.holdBack(async () => {
          left -= 1
          if (left < 0) throw new Error('planted fault: connection reset')
        })
        const ended = await unlessRefused(bench.patiently(bench.sessions.terminateAllUserSessions('user-1')), 'STORE_UNAVAILABLE')
        bench.store.holdBack(undefined)
        await bench.clock.advance(SECOND)
        if (ended === undefined) await bench.sessions.terminateAllUserSessions('user-1')
        for (const { token } of made) await invalid(bench, token, 'SESSION_REVOKED')
        expect(await bench.sessions.getActiveSessions('user-1')).toEqual([])
      },
    }),
  ),
  {
    name: 'that swallows the answer to a login leaves at most the one session that was handed out',
    async check(bench) {
      bench.store.fail({ verbs: ['insert'], times: 1, answerLost: true })
      const session = await unlessRefused(bench.patiently(bench.sessions.createSession('user-1')), 'STORE_UNAVAILABLE')
      bench.store.mend()
      await bench.clock.advance(SECOND)
      if (session !== undefined) await valid(bench, session.token)
      expect((await bench.sessions.getActiveSessions('user-1')).length).toBeLessThanOrEqual(1)
    },
  },
  {
    name: 'lets no activity get lost that was reported before it',
    async check(bench) {
      const token = await aged(bench)
      await bench.clock.advance(20 * MINUTE)
      bench.store.fail({ verbs: ['replace'] })
      await unlessRefused(bench.patiently(bench.sessions.validateSession(token)), 'STORE_UNAVAILABLE')
      bench.store.mend()
      await bench.clock.advance(SECOND)
      await valid(bench, token)
      await bench.clock.advance(29 * MINUTE)
      expect(await isAlive(bench, token)).toBe(true)
    },
  },
  {
    name: 'of the audit log stops no operation, and is logged [AUD-8 ATK-172]',
    limits: { ...RENEWABLE, audit: brokenAudit },
    async check(bench) {
      const first = await bench.patiently(bench.sessions.createSession('user-1'))
      const next = await bench.patiently(bench.sessions.renewSession(first.token))
      await bench.patiently(valid(bench, next.token))
      await bench.patiently(bench.sessions.terminateSession(next.token))
      expect((await invalid(bench, next.token, 'SESSION_REVOKED')).reason).toBe('logout')
      await bench.clock.advance(SECOND)
      await bench.patiently(bench.sessions.terminateAllUserSessions('user-1'))
      expect(bench.logs.some(({ level }) => level !== 'info')).toBe(true)
    },
  },
]
