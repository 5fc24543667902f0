import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import { CONTEXT, invalid, MINUTE, refusal, SECOND, valid } from './expectations.js'

const ROLES = { admin: { idleTimeout: '5m', maxSessionDuration: '1h' }, payer: { requireReauthAfter: '10m' } } as const

/** Limits by role, and guessing: what callers see of the rules of an installation. */
export const rules: readonly BehaviourCheck[] = [
  {
    name: 'give a session the strictest limits of its roles [TMO-10]',
    limits: { roles: ROLES },
    async check(bench) {
      const admin = await bench.sessions.createSession('user-1', CONTEXT, { roles: ['reader', 'admin'] })
      const reader = await bench.sessions.createSession('user-2', CONTEXT, { roles: ['reader'] })
      expect(admin.idleExpiresAt.getTime() - bench.clock.now()).toBe(5 * MINUTE)
      expect(admin.absoluteExpiresAt.getTime() - bench.clock.now()).toBe(60 * MINUTE)
      await bench.clock.advance(5 * MINUTE)
      expect(await invalid(bench, admin.token, 'SESSION_EXPIRED')).toMatchObject({ expired: 'idle' })
      await valid(bench, reader.token)
      expect(await bench.manager.effectiveLimits(reader.id)).toMatchObject({ idleTimeout: { value: 30 * MINUTE, by: 'general' } })
    },
  },
  {
    name: 'tell which limits are in force, until the session has ended',
    limits: { roles: ROLES },
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1', CONTEXT, { roles: ['admin'] })
      expect(await bench.manager.effectiveLimits(id)).toMatchObject({
        sessionId: id,
        roles: ['admin'],
        idleTimeout: { value: 5 * MINUTE, by: 'role:admin' },
        sessionLifetime: { value: 480 * MINUTE, by: 'general' },
        requireReauthAfter: { value: null, by: 'general' },
      })
      expect(await bench.manager.effectiveLimits('sid_none')).toBeUndefined()
      await bench.sessions.terminateSession(token)
      expect(await bench.manager.effectiveLimits(id)).toBeUndefined()
    },
  },
  {
    name: 'ask for a new authentication once the last one is too old for a role',
    limits: { roles: ROLES, renewal: { auto: false, threshold: '8h' } },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT, { roles: ['payer'] })
      await bench.clock.advance(10 * MINUTE - SECOND)
      await valid(bench, token)
      await bench.clock.advance(SECOND)
      await invalid(bench, token, 'REAUTHENTICATION_REQUIRED')
      await refusal(bench.sessions.renewSession(token), 'REAUTHENTICATION_REQUIRED')
    },
  },
  {
    name: 'tell whoever guesses to wait, and let good tokens of the same address pass [TOK-11]',
    limits: { throttle: { invalidPerMinute: 5 } },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      for (let i = 0; i < 5; i++) await invalid(bench, 'bad', 'TOKEN_MALFORMED', CONTEXT)
      const limited = await invalid(bench, 'bad', 'RATE_LIMITED', CONTEXT)
      expect(limited.status).toBe(429)
      expect(limited.retryAfter).toBeGreaterThan(0)
      expect(await refusal(bench.sessions.renewSession('bad', CONTEXT), 'RATE_LIMITED')).toMatchObject({ status: 429 })
      await valid(bench, token, CONTEXT)
      await invalid(bench, 'bad', 'TOKEN_MALFORMED', { ipAddress: '203.0.113.8' })
      expect(bench.events.filter(({ type }) => type === 'security.guessing')).toHaveLength(1)
    },
  },
]
