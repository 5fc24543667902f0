import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import { CONTEXT, HOUR, MINUTE, RENEWABLE, SECOND, secretsOf } from './expectations.js'

export const list: readonly BehaviourCheck[] = [
  {
    name: 'answers the sessions of that user, oldest first, without any token [TOK-3 ATK-111]',
    async check(bench) {
      const made = []
      for (const deviceId of ['phone', 'laptop', 'tablet']) {
        made.push(await bench.sessions.createSession('user-1', { ...CONTEXT, deviceId }, { roles: ['staff'] }))
        await bench.clock.advance(SECOND)
      }
      await bench.sessions.createSession('user-2', CONTEXT)
      const listed = await bench.sessions.getActiveSessions('user-1')
      expect(listed).toEqual(made.map(({ token: _, ...session }) => session))
      const text = JSON.stringify(listed)
      for (const secret of made.flatMap(({ token }) => secretsOf(token))) expect(text).not.toContain(secret)
    },
  },
  {
    name: 'answers an empty list for a user who has none',
    async check({ sessions }) {
      expect(await sessions.getActiveSessions('nobody')).toEqual([])
    },
  },
  {
    name: 'leaves out what was ended and what has expired, swept or not',
    async check(bench) {
      const ended = await bench.sessions.createSession('user-1')
      const idle = await bench.sessions.createSession('user-1')
      await bench.sessions.terminateSession(ended.token)
      await bench.clock.advance(20 * MINUTE)
      const living = await bench.sessions.createSession('user-1')
      await bench.clock.advance(10 * MINUTE + SECOND)
      expect((await bench.sessions.getActiveSessions('user-1')).map(({ id }) => id)).toEqual([living.id])
      await bench.manager.sweep()
      expect((await bench.sessions.getActiveSessions('user-1')).map(({ id }) => id)).toEqual([living.id])
      expect(idle.id).not.toBe(living.id)
    },
  },
  {
    name: 'leaves out what has come to the end of its lifetime, although it could still be renewed',
    limits: RENEWABLE,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(4 * HOUR)
      await bench.sessions.validateSession(token)
      await bench.clock.advance(4 * HOUR + 10 * SECOND)
      expect(await bench.sessions.getActiveSessions('user-1')).toEqual([])
      await bench.sessions.renewSession(token)
      expect(await bench.sessions.getActiveSessions('user-1')).toHaveLength(1)
    },
  },
  {
    name: 'shows a session as used when it was used, and does not count as a use itself',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(10 * MINUTE)
      await bench.sessions.validateSession(token)
      const used = new Date(bench.clock.now())
      await bench.clock.advance(MINUTE)
      await bench.sessions.getActiveSessions('user-1')
      const [session] = await bench.sessions.getActiveSessions('user-1')
      expect(session).toMatchObject({ status: 'active', lastActivity: used })
    },
  },
  {
    name: 'shows a renewed session once, under its id',
    limits: RENEWABLE,
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await bench.sessions.renewSession(token)
      const listed = await bench.sessions.getActiveSessions('user-1')
      expect(listed).toHaveLength(1)
      expect(listed[0]).toMatchObject({ id, renewals: 1 })
    },
  },
  {
    name: 'keeps users apart whose ids are prefixes of each other',
    async check(bench) {
      for (const userId of ['1', '11', '1:1', '1/1']) await bench.sessions.createSession(userId)
      for (const userId of ['1', '11', '1:1', '1/1']) {
        expect((await bench.sessions.getActiveSessions(userId)).map((session) => session.userId)).toEqual([userId])
      }
    },
  },
]
