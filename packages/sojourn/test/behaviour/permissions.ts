import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import { foreignToken, HOUR, isAlive, MINUTE, RENEWABLE, refusal, SECOND, valid } from './expectations.js'

const sorted = (texts: readonly string[]): readonly string[] => [...texts].sort()

export const permissions: readonly BehaviourCheck[] = [
  {
    name: 'adds permissions that end by themselves after 15 minutes [STP-2]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', {}, { permissions: ['read'] })
      const elevated = await bench.sessions.setSessionPermissions(token, ['read', 'admin'])
      expect(sorted(elevated.permissions)).toEqual(['admin', 'read'])
      expect(elevated.elevatedUntil).toEqual(new Date(bench.clock.now() + 15 * MINUTE))
      expect(['local', 'stored', 'durable', 'everywhere']).toContain(elevated.level)
      expect('token' in elevated).toBe(false)
      await bench.clock.advance(15 * MINUTE - SECOND)
      expect(sorted((await valid(bench, token)).permissions)).toEqual(['admin', 'read'])
      await bench.clock.advance(2 * SECOND)
      const after = await valid(bench, token)
      expect(after.permissions).toEqual(['read'])
      expect('elevatedUntil' in after).toBe(false)
      expect((await bench.sessions.getActiveSessions('user-1'))[0]?.permissions).toEqual(['read'])
    },
  },
  {
    name: 'are seen by another engine on the same store at once, given and taken away [STP-6]',
    async check(bench) {
      const other = await bench.another()
      const { token } = await bench.sessions.createSession('user-1', {}, { permissions: ['read'] })
      for (const wanted of [['admin', 'read'], ['read'], [], ['read'], []]) {
        // Twice, so that it is in the memory of the other one, if it keeps anything there.
        for (let i = 0; i < 2; i++) expect((await other.validateSession(token)).isValid).toBe(true)
        await bench.sessions.setSessionPermissions(token, wanted)
        const seen = await other.validateSession(token)
        expect(seen.isValid && sorted(seen.session.permissions)).toEqual(wanted)
      }
    },
  },
  {
    name: 'ends them after the time that was given',
    async check(bench) {
      for (const expiresIn of ['5m', 5 * MINUTE]) {
        const { token } = await bench.sessions.createSession('user-1')
        await bench.sessions.setSessionPermissions(token, ['admin'], { expiresIn })
        await bench.clock.advance(5 * MINUTE - SECOND)
        expect((await valid(bench, token)).permissions).toEqual(['admin'])
        await bench.clock.advance(2 * SECOND)
        expect((await valid(bench, token)).permissions).toEqual([])
      }
    },
  },
  {
    name: 'ends them after the time that is configured',
    limits: { elevation: { duration: '2m' } },
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const elevated = await bench.sessions.setSessionPermissions(token, ['admin'])
      expect(elevated.elevatedUntil).toEqual(new Date(bench.clock.now() + 2 * MINUTE))
      await bench.clock.advance(2 * MINUTE + SECOND)
      expect((await valid(bench, token)).permissions).toEqual([])
    },
  },
  {
    name: 'takes away for good what is not named, also when the elevation ends',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', {}, { permissions: ['read', 'write'] })
      const changed = await bench.sessions.setSessionPermissions(token, ['read', 'admin'])
      expect(sorted(changed.permissions)).toEqual(['admin', 'read'])
      await bench.clock.advance(16 * MINUTE)
      expect((await valid(bench, token)).permissions).toEqual(['read'])
      const emptied = await bench.sessions.setSessionPermissions(token, [])
      expect(emptied.permissions).toEqual([])
      expect('elevatedUntil' in emptied).toBe(false)
      await bench.clock.advance(16 * MINUTE)
      expect((await valid(bench, token)).permissions).toEqual([])
    },
  },
  {
    name: 'does not make what was taken away and given back last for ever',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', {}, { permissions: ['read'] })
      await bench.sessions.setSessionPermissions(token, [])
      await bench.sessions.setSessionPermissions(token, ['read'])
      expect((await valid(bench, token)).permissions).toEqual(['read'])
      await bench.clock.advance(16 * MINUTE)
      expect((await valid(bench, token)).permissions).toEqual([])
    },
  },
  {
    name: 'does not make an elevated permission last when it is named again',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.sessions.setSessionPermissions(token, ['admin'])
      await bench.clock.advance(10 * MINUTE)
      await bench.sessions.setSessionPermissions(token, ['admin'])
      await bench.clock.advance(16 * MINUTE)
      expect((await valid(bench, token)).permissions).toEqual([])
    },
  },
  {
    name: 'keeps the end of an elevation over a renewal [STP-2]',
    limits: RENEWABLE,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.sessions.setSessionPermissions(token, ['admin'])
      await bench.clock.advance(10 * MINUTE)
      const next = await bench.sessions.renewSession(token)
      expect(next.permissions).toEqual(['admin'])
      await bench.clock.advance(5 * MINUTE + SECOND)
      expect((await valid(bench, next.token)).permissions).toEqual([])
    },
  },
  {
    name: 'takes the public id in the place of the token',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await bench.sessions.setSessionPermissions(id, ['admin'])
      expect((await valid(bench, token)).permissions).toEqual(['admin'])
    },
  },
  {
    name: 'reports what was added as elevated and what was only taken away as changed',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1', {}, { permissions: ['read', 'write'] })
      await bench.sessions.setSessionPermissions(token, ['read'])
      await bench.sessions.setSessionPermissions(token, ['read', 'admin'])
      const types = bench.events.filter(({ sessionId }) => sessionId === id).map(({ type }) => type)
      expect(types.filter((type) => type === 'session.permissions-changed' || type === 'session.elevated')).toEqual([
        'session.permissions-changed',
        'session.elevated',
      ])
    },
  },
  {
    name: 'names a permission once, however often it was given',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', {}, { permissions: ['read', 'read'] })
      expect((await bench.sessions.setSessionPermissions(token, ['read', 'admin', 'admin'])).permissions).toHaveLength(2)
      await bench.clock.advance(16 * MINUTE)
      expect((await valid(bench, token)).permissions).toEqual(['read'])
    },
  },
  {
    name: 'refuses what opens no session, and changes nothing',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await refusal(bench.sessions.setSessionPermissions('x', ['admin']), 'TOKEN_MALFORMED')
      await refusal(bench.sessions.setSessionPermissions(await foreignToken(bench), ['admin']), 'TOKEN_INVALID')
      await refusal(bench.sessions.setSessionPermissions(`sid_aa${'A'.repeat(22)}`, ['admin']), 'SESSION_NOT_FOUND')
      expect((await valid(bench, token)).permissions).toEqual([])
      await bench.clock.advance(HOUR)
      for (const handle of [token, id]) await refusal(bench.sessions.setSessionPermissions(handle, ['admin']), 'SESSION_EXPIRED')
      expect(await isAlive(bench, token)).toBe(false)
    },
  },
  {
    name: 'never says that rights are gone while the store did not take it down',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', {}, { permissions: ['admin'] })
      bench.store.fail({ verbs: ['replace'] })
      await refusal(bench.patiently(bench.sessions.setSessionPermissions(token, [])), 'STORE_UNAVAILABLE')
      bench.store.mend()
      await bench.clock.advance(SECOND)
      await bench.sessions.setSessionPermissions(token, [])
      expect((await valid(bench, token)).permissions).toEqual([])
    },
  },
]
