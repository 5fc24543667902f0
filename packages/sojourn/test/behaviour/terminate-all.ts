import { expect } from 'vitest'
import type { IssuedSession } from '../../src/session.js'
import type { BehaviourCheck, Bench } from './bench.js'
import { DAY, HOUR, invalid, isAlive, RENEWABLE, refusal, SECOND, valid } from './expectations.js'
import { CannotBeTried } from './probed-store.js'

const several = async (bench: Bench, userId: string, count: number): Promise<IssuedSession[]> => {
  const made: IssuedSession[] = []
  for (let i = 0; i < count; i++) made.push(await bench.sessions.createSession(userId))
  await bench.clock.advance(SECOND)
  return made
}

export const terminateAll: readonly BehaviourCheck[] = [
  {
    name: 'ends all sessions of the user, tells how many, and touches nobody else [TRM-2 ATK-027]',
    async check(bench) {
      const mine = await several(bench, 'user-1', 4)
      const [other] = await several(bench, 'user-2', 1)
      const ended = await bench.sessions.terminateAllUserSessions('user-1')
      expect(Object.keys(ended).sort()).toEqual(['level', 'terminated'])
      expect(ended.terminated).toBe(4)
      expect(['local', 'stored', 'durable', 'everywhere']).toContain(ended.level)
      for (const { token } of mine) expect((await invalid(bench, token, 'SESSION_REVOKED')).reason).toBe('revoked')
      expect(await bench.sessions.getActiveSessions('user-1')).toEqual([])
      await valid(bench, other!.token)
      expect(bench.events.filter(({ type }) => type === 'user.ended')).toMatchObject([
        { subject: bench.manager.pseudonym('user-1'), count: 4, reason: 'revoked' },
      ])
    },
  },
  {
    name: 'tells the reason that was given',
    async check(bench) {
      const [session] = await several(bench, 'user-1', 1)
      await bench.sessions.terminateAllUserSessions('user-1', { reason: 'security.account-disabled' })
      expect((await invalid(bench, session!.token, 'SESSION_REVOKED')).reason).toBe('security.account-disabled')
    },
  },
  {
    name: 'ends nothing where there is nothing, and can be repeated',
    async check(bench) {
      expect((await bench.sessions.terminateAllUserSessions('nobody')).terminated).toBe(0)
      await several(bench, 'user-1', 2)
      expect((await bench.sessions.terminateAllUserSessions('user-1')).terminated).toBe(2)
      expect((await bench.sessions.terminateAllUserSessions('user-1')).terminated).toBe(0)
    },
  },
  {
    name: 'spares the one session that it was told to spare, for good',
    limits: RENEWABLE,
    async check(bench) {
      const [kept, ...others] = await several(bench, 'user-1', 3)
      expect((await bench.sessions.terminateAllUserSessions('user-1', { except: kept!.id })).terminated).toBe(2)
      for (const { token } of others) await invalid(bench, token, 'SESSION_REVOKED')
      await valid(bench, kept!.token)
      const next = await bench.sessions.renewSession(kept!.token)
      await bench.clock.advance(HOUR)
      await valid(bench, next.token)
      expect((await bench.sessions.getActiveSessions('user-1')).map(({ id }) => id)).toEqual([kept!.id])
      await bench.sessions.terminateAllUserSessions('user-1')
      await invalid(bench, next.token, 'SESSION_REVOKED')
    },
  },
  {
    name: 'spares no session of another user, whoever is named',
    async check(bench) {
      const mine = await several(bench, 'user-1', 2)
      const [other] = await several(bench, 'user-2', 1)
      await bench.sessions.terminateAllUserSessions('user-1', { except: other!.id })
      for (const { token } of mine) expect(await isAlive(bench, token)).toBe(false)
      await valid(bench, other!.token)
    },
  },
  {
    name: 'refuses a login whose password was checked before, and asks to log in again [TRM-4 ATK-023]',
    async check(bench) {
      const authTime = new Date(bench.clock.now())
      await bench.clock.advance(SECOND)
      await bench.sessions.terminateAllUserSessions('user-1')
      expect(await refusal(bench.sessions.createSession('user-1', {}, { authTime }), 'REAUTHENTICATION_REQUIRED')).toMatchObject({
        status: 401,
      })
      expect(await bench.sessions.getActiveSessions('user-1')).toEqual([])
      await bench.sessions.createSession('user-2', {}, { authTime })
    },
  },
  {
    name: 'lets no login with the old password live that is under way at that moment [TRM-2 TRM-4 ATK-023]',
    limits: { maxConcurrentSessions: 100 },
    async check(bench) {
      const authTime = new Date(bench.clock.now())
      await bench.clock.advance(SECOND)
      const logins = Array.from({ length: 50 }, () => bench.sessions.createSession('user-1', {}, { authTime }))
      const all = bench.sessions.terminateAllUserSessions('user-1')
      logins.push(...Array.from({ length: 50 }, () => bench.sessions.createSession('user-1', {}, { authTime })))
      const outcomes = await bench.patiently(Promise.allSettled(logins))
      await bench.patiently(all)
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') await invalid(bench, outcome.value.token, 'SESSION_REVOKED')
        else expect(outcome.reason).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
      }
      expect(await bench.sessions.getActiveSessions('user-1')).toEqual([])
    },
  },
  {
    name: 'lets a later login work, which brings none of the earlier sessions back [TRM-5 LIF-10 ATK-008 ATK-034]',
    async check(bench) {
      const earlier = await several(bench, 'user-1', 3)
      await bench.sessions.terminateAllUserSessions('user-1')
      await bench.clock.advance(SECOND)
      const later = await bench.sessions.createSession('user-1')
      await valid(bench, later.token)
      for (const { token } of earlier) await invalid(bench, token, 'SESSION_REVOKED')
      expect((await bench.sessions.getActiveSessions('user-1')).map(({ id }) => id)).toEqual([later.id])
    },
  },
  {
    name: 'ends renewed sessions with all of their tokens [ATK-023]',
    limits: RENEWABLE,
    async check(bench) {
      const old = await bench.sessions.createSession('user-1')
      const next = await bench.sessions.renewSession(old.token)
      await bench.clock.advance(SECOND)
      await bench.sessions.terminateAllUserSessions('user-1')
      for (const { token } of [old, next]) {
        await invalid(bench, token, 'SESSION_REVOKED')
        await refusal(bench.sessions.renewSession(token), 'SESSION_REVOKED')
      }
    },
  },
  {
    name: 'ends sessions whose entry in the list of the user is lost [TRM-2 ATK-023]',
    async check(bench) {
      const { isVolatile, home } = bench.store
      if (isVolatile !== true && home === undefined)
        throw new CannotBeTried('this store changes a row and its entry in one step: none can be lost alone')
      const [session] = await several(bench, 'user-1', 1)
      const row = (await bench.store.rows()).find(({ id }) => `sid_${id}` === session!.id)
      const { list } = bench.store
      Object.assign(bench.store, { list: async (owner: string) => (await list(owner)).filter(({ id }) => id !== row?.id) })
      await bench.sessions.terminateAllUserSessions('user-1')
      Object.assign(bench.store, { list })
      expect(await isAlive(bench, session!.token)).toBe(false)
    },
  },
  {
    name: 'keeps an old login refused for as long as it could live',
    async check(bench) {
      const authTime = new Date(bench.clock.now())
      await bench.clock.advance(SECOND)
      await bench.sessions.terminateAllUserSessions('user-1')
      await bench.clock.advance(6 * DAY)
      await bench.manager.sweep()
      await refusal(bench.sessions.createSession('user-1', {}, { authTime, rememberMe: true }), 'REAUTHENTICATION_REQUIRED')
    },
  },
]
