import { expect } from 'vitest'
import type { CreateOptions } from '../../src/sessions.js'
import type { BehaviourCheck } from './bench.js'
import { START } from './bench-clock.js'
import { CONTEXT, DAY, foreignToken, HOUR, invalid, isAlive, MINUTE, refusal, SECOND, valid } from './expectations.js'
import { patternOf } from './token-form.js'

const FIELDS = [
  'absoluteExpiresAt',
  'authTime',
  'context',
  'createdAt',
  'data',
  'device',
  'expiresAt',
  'id',
  'idleExpiresAt',
  'kind',
  'lastActivity',
  'permissions',
  'rememberMe',
  'renewals',
  'roles',
  'status',
  'tenant',
  'token',
  'userId',
]

export const create: readonly BehaviourCheck[] = [
  {
    name: 'returns the whole session with its token',
    async check({ sessions, tokens }) {
      const session = await sessions.createSession('user-1', CONTEXT)
      expect(Object.keys(session).sort()).toEqual(FIELDS)
      expect(session.token).toMatch(patternOf({ tokens }))
      expect(session.id).toMatch(/^sid_[a-z2-7]{2}[A-Za-z0-9_-]{22}$/)
      expect(session).toMatchObject({
        userId: 'user-1',
        kind: 'user',
        createdAt: new Date(START),
        lastActivity: new Date(START),
        authTime: new Date(START),
        expiresAt: new Date(START + 8 * HOUR),
        idleExpiresAt: new Date(START + 30 * MINUTE),
        context: CONTEXT,
        permissions: [],
        roles: [],
        rememberMe: false,
        renewals: 0,
        tenant: null,
        data: {},
        status: 'active',
      })
      expect(session.absoluteExpiresAt.getTime()).toBeGreaterThanOrEqual(START + DAY)
      expect(session.absoluteExpiresAt.getTime()).toBeLessThanOrEqual(START + 7 * DAY)
    },
  },
  {
    name: 'needs nothing but a user',
    async check(bench) {
      const session = await bench.sessions.createSession('user-1')
      expect(session.context).toEqual({})
      expect((await valid(bench, session.token)).userId).toBe('user-1')
    },
  },
  {
    name: 'keeps all options that were given [STP-5]',
    async check(bench) {
      const authTime = new Date(START - HOUR)
      const options: CreateOptions = {
        rememberMe: true,
        roles: ['editor', 'staff'],
        permissions: ['articles:read', 'articles:write'],
        tenant: 'acme',
        data: { cart: [1, 2, { sku: 'ä-7' }], theme: 'dark', nothing: null },
        authTime,
        amr: ['pwd', 'otp'],
        acr: 'aal2',
      }
      const session = await bench.sessions.createSession('user-1', CONTEXT, options)
      for (const seen of [session, await valid(bench, session.token)]) expect(seen).toMatchObject(options)
    },
  },
  {
    name: 'keeps a place that is given in parts',
    async check(bench) {
      const location = { country: 'DE', region: 'Berlin', city: 'Berlin', latitude: 52.52, longitude: 13.4 }
      const { token } = await bench.sessions.createSession('user-1', { location })
      expect((await valid(bench, token)).context).toEqual({ location })
    },
  },
  {
    name: 'takes user ids with every allowed sign and keeps them apart [STO-7]',
    async check(bench) {
      const ids = ["o'brien", 'a b'.replace(' ', '+'), ...[...'!#$%&()*+,-./:;=?@[]^_{|}~'].map((sign) => `a${sign}b`), 'a%2Fb', 'A/b']
      const unique = [...new Set([...ids, 'Åsa', 'A\u030asa', '李小龍', 'alice', 'Alice'])]
      for (const id of unique) await bench.sessions.createSession(id)
      for (const id of unique) {
        const listed = await bench.sessions.getActiveSessions(id)
        expect(
          listed.map(({ userId }) => userId),
          id,
        ).toEqual([id])
      }
    },
  },
  {
    name: 'leaves out an address that is none, warns, and goes on with the rest',
    async check(bench) {
      const session = await bench.sessions.createSession('user-1', { ...CONTEXT, ipAddress: 'not-an-address' })
      const { ipAddress: _, ...limited } = CONTEXT
      expect(session.context).toEqual(limited)
      expect(bench.logs.filter(({ level }) => level === 'warn')).toHaveLength(1)
      expect((await valid(bench, session.token)).context).toEqual(limited)
    },
  },
  {
    name: 'takes IPv6 addresses',
    async check(bench) {
      for (const ipAddress of ['2001:db8::7', '::1', '::ffff:203.0.113.7']) {
        const session = await bench.sessions.createSession('user-1', { ipAddress })
        expect(session.context.ipAddress, ipAddress).toBeDefined()
      }
    },
  },
  {
    name: 'gives each session its own id and token [TOK-1 LIF-10]',
    async check({ sessions }) {
      const made = await Promise.all(Array.from({ length: 8 }, () => sessions.createSession('user-1', CONTEXT)))
      expect(new Set(made.map(({ id }) => id)).size).toBe(8)
      expect(new Set(made.map(({ token }) => token)).size).toBe(8)
    },
  },
  {
    name: 'ends the session whose place the new one takes',
    async check(bench) {
      const before = await bench.sessions.createSession('guest-1')
      const after = await bench.sessions.createSession('user-1', {}, { replaces: before.token })
      expect(after.id).not.toBe(before.id)
      expect((await valid(bench, after.token)).userId).toBe('user-1')
      expect((await invalid(bench, before.token, 'SESSION_REVOKED')).reason).toBe('replaced')
      expect(await bench.sessions.getActiveSessions('guest-1')).toEqual([])
    },
  },
  {
    name: 'leaves the earlier session alone while the new one does not stand',
    async check(bench) {
      const before = await bench.sessions.createSession('guest-1')
      bench.store.fail({ verbs: ['insert'] })
      await refusal(bench.patiently(bench.sessions.createSession('user-1', {}, { replaces: before.token })), 'STORE_UNAVAILABLE')
      bench.store.mend()
      await bench.clock.advance(SECOND)
      expect(await isAlive(bench, before.token)).toBe(true)
    },
  },
  {
    name: 'never takes a public id for the token of the session to replace [TOK-3]',
    async check(bench) {
      const victim = await bench.sessions.createSession('user-1')
      await bench.sessions.createSession('user-2', {}, { replaces: victim.id }).catch(() => undefined)
      expect(await isAlive(bench, victim.token)).toBe(true)
    },
  },
  {
    name: 'never adopts a token that the client brought along [TOK-7 ATK-004]',
    async check(bench) {
      const planted = await foreignToken(bench)
      for (const replaces of [planted, `${planted.slice(0, 40)}x`]) {
        const session = await bench.sessions.createSession('user-1', {}, { replaces })
        expect(session.token).not.toBe(planted)
        expect(session.id).not.toBe(`sid_${planted.slice(0, 24)}`)
      }
      await invalid(bench, planted)
    },
  },
  {
    name: 'writes one row for a session',
    async check(bench) {
      // What all sessions share is begun with the first.
      await bench.sessions.createSession('user-0', CONTEXT)
      const before = (await bench.store.rows()).length
      await bench.sessions.createSession('user-1', CONTEXT)
      expect(await bench.store.rows()).toHaveLength(before + 1)
    },
  },
  {
    name: 'reports the creation as an event',
    async check(bench) {
      const { id } = await bench.sessions.createSession('user-1', CONTEXT)
      expect(bench.events.filter(({ type }) => type === 'session.created')).toMatchObject([
        { sessionId: id, time: START, subject: bench.manager.pseudonym('user-1') },
      ])
    },
  },
]
