import { expect } from 'vitest'
import type { BehaviourCheck, Bench } from './bench.js'
import {
  CHROME_LINUX,
  CHROME_WINDOWS,
  CONTEXT,
  FIREFOX_LINUX_NEWER,
  FIREFOX_WINDOWS,
  foreignToken,
  HOUR,
  invalid,
  isAlive,
  MINUTE,
  refusal,
  SECOND,
  valid,
} from './expectations.js'
import { formOf } from './token-form.js'

const NO_TOKENS = [
  '',
  ' ',
  'null',
  'undefined',
  '[object Object]',
  'sid_',
  'Bearer',
  '__proto__',
  'a'.repeat(81),
  'a'.repeat(83),
  '😀',
  'a\0b',
  'a\r\nb',
]

/** Over HTTP an empty field is a bad request, 400, like an empty field anywhere: the service's own tests have it. */
const noTokens = ({ way }: Bench): readonly string[] => NO_TOKENS.filter((text) => way !== 'http' || text !== '')

export const validate: readonly BehaviourCheck[] = [
  {
    name: 'answers with the session, and nothing else',
    async check(bench) {
      const { token, ...session } = await bench.sessions.createSession('user-1', CONTEXT, { roles: ['staff'] })
      await bench.clock.advance(MINUTE)
      const result = await bench.sessions.validateSession(token, CONTEXT)
      expect(Object.keys(result).sort()).toEqual(['isValid', 'session'])
      const now = bench.clock.now()
      const used = { ...session, lastActivity: new Date(now), idleExpiresAt: new Date(now + 30 * MINUTE) }
      expect(result).toEqual({ isValid: true, session: used })
      expect(JSON.stringify(result)).not.toContain(token)
    },
  },
  {
    name: 'says of what is no token that it is none, and what to do',
    async check(bench) {
      for (const text of noTokens(bench)) {
        const error = await invalid(bench, text, 'TOKEN_MALFORMED')
        expect(error).toMatchObject({ status: 401 })
        expect(error.message).toMatch(/token/i)
        expect(error.message).toMatch(/log in|sign in|authenticat|send|give|pass|use/i)
      }
    },
  },
  {
    name: 'asks no store about what is no token [TOK-5 LIF-8 ATK-005]',
    async check(bench) {
      const before = bench.store.calls()
      for (const text of [...noTokens(bench), 'x'.repeat(5_000)]) await invalid(bench, text)
      expect(bench.store.calls()).toBe(before)
    },
  },
  {
    name: 'refuses a well-formed token of another installation without asking the store [TOK-10 ATK-051]',
    async check(bench) {
      const token = await foreignToken(bench)
      const before = bench.store.calls()
      expect(await invalid(bench, token, 'TOKEN_INVALID')).toMatchObject({ status: 401 })
      expect(bench.store.calls()).toBe(before)
    },
  },
  {
    name: 'never takes a public id for a credential [TOK-3]',
    async check(bench) {
      const { id } = await bench.sessions.createSession('user-1')
      await invalid(bench, id, 'TOKEN_MALFORMED')
      await invalid(bench, id.slice(4), 'TOKEN_MALFORMED')
    },
  },
  {
    name: 'says of a session that was not used for too long that it expired, and whether it can be renewed [TRM-14]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(30 * MINUTE + SECOND)
      const error = await invalid(bench, token, 'SESSION_EXPIRED')
      expect(error).toMatchObject({ status: 401, expired: 'idle' })
      expect(typeof error.renewable).toBe('boolean')
    },
  },
  {
    name: 'says that a swept session is not found',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(48 * HOUR)
      await bench.manager.sweep()
      expect(await invalid(bench, token, 'SESSION_NOT_FOUND')).toMatchObject({ status: 401 })
    },
  },
  {
    name: 'says that an ended session was ended, and why [TRM-14]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.sessions.terminateSession(token, { reason: 'security.password-changed' })
      expect(await invalid(bench, token, 'SESSION_REVOKED')).toMatchObject({ status: 401, reason: 'security.password-changed' })
    },
  },
  ...[CHROME_LINUX, FIREFOX_WINDOWS, CHROME_WINDOWS].map(
    (userAgent): BehaviourCheck => ({
      name: `refuses a token that moved to another kind of browser or system, and reports it: ${userAgent.slice(12)}`,
      async check(bench) {
        const { id, token } = await bench.sessions.createSession('user-1', CONTEXT)
        expect(await invalid(bench, token, 'CONTEXT_MISMATCH', { ...CONTEXT, userAgent })).toMatchObject({ status: 401 })
        expect(bench.events.filter(({ type }) => type === 'security.context')).toMatchObject([{ sessionId: id }])
      },
    }),
  ),
  {
    name: 'refuses a token that moved to another device, and reports it',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1', CONTEXT)
      await invalid(bench, token, 'CONTEXT_MISMATCH', { ...CONTEXT, deviceId: 'phone-3' })
      expect(bench.events.filter(({ type }) => type === 'security.context')).toMatchObject([{ sessionId: id }])
    },
  },
  {
    name: 'does not count a refused request as a use',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      await bench.clock.advance(20 * MINUTE)
      await invalid(bench, token, 'CONTEXT_MISMATCH', { deviceId: 'phone-3' })
      await bench.clock.advance(10 * MINUTE + SECOND)
      expect(await isAlive(bench, token)).toBe(false)
    },
  },
  {
    name: 'accepts a newer version of the same browser, another address and another place',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      await valid(bench, token, { ...CONTEXT, userAgent: FIREFOX_LINUX_NEWER })
      await valid(bench, token, { ...CONTEXT, ipAddress: '2001:db8::99' })
      await valid(bench, token, { ...CONTEXT, location: 'Lisbon, PT' })
      expect(bench.events.filter(({ type }) => type === 'security.context')).toEqual([])
    },
  },
  {
    name: 'does not check what is missing on either side',
    async check(bench) {
      const bare = await bench.sessions.createSession('user-1')
      const full = await bench.sessions.createSession('user-1', CONTEXT)
      await valid(bench, bare.token, CONTEXT)
      await valid(bench, full.token, {})
      await valid(bench, full.token, { ipAddress: '198.51.100.1' })
      await valid(bench, full.token)
    },
  },
  {
    name: 'checks no context where that is switched off',
    limits: { contextValidation: { enabled: false } },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      await valid(bench, token, { userAgent: CHROME_WINDOWS })
    },
  },
  {
    name: 'checks no device id where that is switched off, but still the browser',
    limits: { contextValidation: { device: false } },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      await valid(bench, token, { ...CONTEXT, deviceId: 'phone-3' })
      await invalid(bench, token, 'CONTEXT_MISMATCH', { ...CONTEXT, userAgent: CHROME_WINDOWS })
    },
  },
  {
    name: 'renews by itself inside the threshold and keeps the id',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1', CONTEXT)
      while (bench.clock.now() < (await valid(bench, token)).createdAt.getTime() + 7 * HOUR - 20 * MINUTE)
        await bench.clock.advance(20 * MINUTE)
      await bench.clock.advance(20 * MINUTE + SECOND)
      const result = await bench.sessions.validateSession(token, CONTEXT)
      if (!result.isValid || result.renewed === undefined) throw new Error('expected a renewal on the way')
      expect(result.renewed).toMatchObject({ id, renewals: 1, expiresAt: new Date(bench.clock.now() + 8 * HOUR) })
      expect(result.renewed.token).toMatch(formOf(token).pattern)
      expect(result.renewed.token).not.toBe(token)
      expect(result.session).toMatchObject({ id })
      expect('token' in result.session).toBe(false)
      expect((await valid(bench, result.renewed.token)).id).toBe(id)
      expect(bench.events.filter(({ type }) => type === 'session.renewed')).toMatchObject([{ sessionId: id }])
    },
  },
  {
    name: 'does not renew by itself where that is switched off',
    limits: { renewal: { auto: false }, idleTimeout: '8h' },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(7 * HOUR + 30 * MINUTE)
      expect(Object.keys(await bench.sessions.validateSession(token))).not.toContain('renewed')
    },
  },
  {
    name: 'reports a refusal as an event with its code',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await bench.sessions.terminateSession(token)
      await invalid(bench, token)
      await invalid(bench, await foreignToken(bench))
      const refused = bench.events.filter(({ type }) => type === 'session.refused')
      expect(refused).toMatchObject([{ sessionId: id, reason: 'SESSION_REVOKED' }, { reason: 'TOKEN_INVALID' }])
    },
  },
  {
    name: 'throws that the store does not answer, and never says that the session is invalid [AVL-1]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(MINUTE)
      bench.store.fail()
      const error = await refusal(bench.patiently(bench.sessions.validateSession(token)), 'STORE_UNAVAILABLE')
      expect(error.status).toBe(503)
      expect(error.retryAfter).toBeGreaterThanOrEqual(1)
      bench.store.mend()
      await bench.clock.advance(SECOND)
      await valid(bench, token)
    },
  },
]
