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
  isAlive,
  MINUTE,
  refusal,
  SECOND,
  unlessRefused,
  valid,
} from './expectations.js'

export const context: readonly BehaviourCheck[] = [
  {
    name: 'changes what is given and keeps the rest',
    async check(bench) {
      const { token, ...before } = await bench.sessions.createSession('user-1', CONTEXT, { roles: ['staff'], data: { theme: 'dark' } })
      const changed = await bench.sessions.updateSessionContext(token, {
        ipAddress: '198.51.100.9',
        location: { city: 'Lisbon', country: 'PT' },
      })
      const expected = { ...CONTEXT, ipAddress: '198.51.100.9', location: { city: 'Lisbon', country: 'PT' } }
      expect(changed).toEqual({ ...before, context: expected })
      expect((await valid(bench, token)).context).toEqual(expected)
      expect(bench.events.filter(({ type }) => type === 'session.context-changed')).toMatchObject([{ sessionId: before.id }])
    },
  },
  {
    name: 'takes undefined for "stays as it is"',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      const changes = { ipAddress: undefined, userAgent: undefined, deviceId: 'phone-3' } as unknown as { deviceId: string }
      expect((await bench.sessions.updateSessionContext(token, changes)).context).toEqual({ ...CONTEXT, deviceId: 'phone-3' })
      expect((await bench.sessions.updateSessionContext(token, {})).context).toEqual({ ...CONTEXT, deviceId: 'phone-3' })
    },
  },
  {
    name: 'takes the public id in the place of the token, and never answers with a token',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1', CONTEXT)
      const changed = await bench.sessions.updateSessionContext(id, { deviceId: 'phone-3' })
      expect(changed.context.deviceId).toBe('phone-3')
      expect(JSON.stringify(changed)).not.toContain(token)
      expect('token' in changed).toBe(false)
    },
  },
  {
    name: 'makes the new device and browser the ones that the token is bound to',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      await bench.sessions.updateSessionContext(token, { userAgent: CHROME_WINDOWS })
      await valid(bench, token, { userAgent: CHROME_WINDOWS })
      await invalid(bench, token, 'CONTEXT_MISMATCH', { userAgent: FIREFOX_LINUX })
    },
  },
  {
    name: 'leaves out an address that is none, with a warning, and changes the rest',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      const changed = await bench.sessions.updateSessionContext(token, { ipAddress: 'not-an-address', deviceId: 'phone-3' })
      expect(changed.context).toEqual({ ...CONTEXT, deviceId: 'phone-3' })
      expect(bench.logs.some(({ level }) => level === 'warn')).toBe(true)
    },
  },
  {
    name: 'takes over when the session was last used, which keeps it alive',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(20 * MINUTE)
      const lastActivity = new Date(bench.clock.now() - MINUTE)
      const changed = await bench.sessions.updateSessionContext(token, { lastActivity })
      expect(changed.lastActivity).toEqual(lastActivity)
      expect(changed.idleExpiresAt).toEqual(new Date(lastActivity.getTime() + 30 * MINUTE))
      await bench.clock.advance(29 * MINUTE - SECOND)
      expect(await isAlive(bench, token)).toBe(true)
      await bench.clock.advance(2 * SECOND)
      expect(await isAlive(bench, token)).toBe(false)
    },
  },
  {
    name: 'lets nobody move the last use into the future',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      for (const ahead of [SECOND, HOUR, 365 * DAY]) {
        const now = bench.clock.now()
        const work = bench.sessions.updateSessionContext(token, { lastActivity: new Date(now + ahead) })
        const changed = await unlessRefused(work, 'INVALID_ARGUMENT')
        if (changed !== undefined) expect(changed.lastActivity.getTime()).toBeLessThanOrEqual(now)
      }
      await bench.clock.advance(30 * MINUTE + SECOND)
      expect(await isAlive(bench, token)).toBe(false)
    },
  },
  {
    name: 'never moves the last use back',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(20 * MINUTE)
      const { lastActivity } = await valid(bench, token)
      const earlier = new Date(lastActivity.getTime() - 15 * MINUTE)
      const changed = await unlessRefused(bench.sessions.updateSessionContext(token, { lastActivity: earlier }), 'INVALID_ARGUMENT')
      if (changed !== undefined) expect(changed.lastActivity).toEqual(lastActivity)
      await bench.clock.advance(29 * MINUTE)
      expect(await isAlive(bench, token)).toBe(true)
    },
  },
  {
    name: 'moves none of the limits that only a new authentication moves',
    async check(bench) {
      const { token, ...before } = await bench.sessions.createSession('user-1', CONTEXT)
      await bench.clock.advance(10 * MINUTE)
      const changed = await bench.sessions.updateSessionContext(token, { deviceId: 'phone-3', lastActivity: new Date(bench.clock.now()) })
      const { createdAt, authTime, expiresAt, absoluteExpiresAt } = before
      expect(changed).toMatchObject({ createdAt, authTime, expiresAt, absoluteExpiresAt })
    },
  },
  {
    name: 'refuses what opens no session',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      const change = { deviceId: 'phone-3' }
      await refusal(bench.sessions.updateSessionContext('x', change), 'TOKEN_MALFORMED')
      await refusal(bench.sessions.updateSessionContext(await foreignToken(bench), change), 'TOKEN_INVALID')
      await refusal(bench.sessions.updateSessionContext(`sid_aa${'A'.repeat(22)}`, change), 'SESSION_NOT_FOUND')
      await bench.clock.advance(31 * MINUTE)
      for (const handle of [token, id]) await refusal(bench.sessions.updateSessionContext(handle, change), 'SESSION_EXPIRED')
      expect(await isAlive(bench, token)).toBe(false)
    },
  },
  {
    name: 'loses no change of many that are made at once [STO-12]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', CONTEXT)
      const other = await bench.another()
      await bench.patiently(
        Promise.all([
          bench.sessions.updateSessionContext(token, { deviceId: 'phone-3' }),
          other.updateSessionContext(token, { ipAddress: '198.51.100.9' }),
          bench.sessions.updateSessionContext(token, { location: 'Lisbon, PT' }),
          other.setSessionPermissions(token, ['admin']),
        ]),
      )
      const session = await valid(bench, token)
      expect(session.context).toEqual({ ...CONTEXT, deviceId: 'phone-3', ipAddress: '198.51.100.9', location: 'Lisbon, PT' })
      expect(session.permissions).toEqual(['admin'])
    },
  },
]
