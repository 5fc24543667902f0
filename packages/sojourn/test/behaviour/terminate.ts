import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import { DAY, foreignToken, HOUR, invalid, isAlive, MINUTE, RENEWABLE, refusal, SECOND, valid } from './expectations.js'

const LEVELS = ['local', 'stored', 'durable', 'everywhere']

export const terminate: readonly BehaviourCheck[] = [
  {
    name: 'ends the session, and tells how far that had got',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const ended = await bench.sessions.terminateSession(token)
      expect(Object.keys(ended)).toEqual(['level'])
      expect(LEVELS).toContain(ended.level)
      expect(await invalid(bench, token, 'SESSION_REVOKED')).toMatchObject({ reason: 'logout', status: 401 })
    },
  },
  {
    name: 'ends a session by its public id',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await bench.sessions.terminateSession(id, { reason: 'revoked' })
      expect((await invalid(bench, token, 'SESSION_REVOKED')).reason).toBe('revoked')
    },
  },
  {
    name: 'ends nothing but that session',
    async check(bench) {
      const one = await bench.sessions.createSession('user-1')
      const two = await bench.sessions.createSession('user-1')
      const other = await bench.sessions.createSession('user-2')
      await bench.sessions.terminateSession(one.token)
      await valid(bench, two.token)
      await valid(bench, other.token)
    },
  },
  {
    name: 'keeps the first reason when it is repeated',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await bench.sessions.terminateSession(token, { reason: 'security.password-changed' })
      await bench.sessions.terminateSession(token, { reason: 'logout' })
      await bench.sessions.terminateSession(id)
      expect((await invalid(bench, token, 'SESSION_REVOKED')).reason).toBe('security.password-changed')
      expect(bench.events.filter(({ type }) => type === 'session.ended')).toHaveLength(1)
    },
  },
  {
    name: 'is one end for many that ask for it at once',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await bench.patiently(Promise.all(Array.from({ length: 20 }, (_, i) => bench.sessions.terminateSession(i % 2 === 0 ? token : id))))
      await invalid(bench, token, 'SESSION_REVOKED')
      expect(bench.events.filter(({ type }) => type === 'session.ended')).toMatchObject([{ sessionId: id, reason: 'logout' }])
    },
  },
  {
    name: 'logs what is no token, what comes from elsewhere and what is not known, and goes on',
    async check(bench) {
      const strangers = ['', 'x', 'a'.repeat(5000), '__proto__', 'sid_unknown', `sid_aa${'A'.repeat(22)}`, await foreignToken(bench)]
      for (const text of strangers) {
        // The client has no log and sends no request about this one; by bare HTTP an empty field is a bad request.
        if (bench.way !== 'engine' && text === '') continue
        const warnings = (): number => bench.logs.filter(({ level }) => level === 'warn').length
        const before = warnings()
        await bench.sessions.terminateSession(text)
        expect(warnings(), `a warning about ${JSON.stringify(text.slice(0, 20))}`).toBe(before + 1)
      }
    },
  },
  {
    name: 'ends an expired session without complaint',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(31 * MINUTE)
      await bench.sessions.terminateSession(token)
      await invalid(bench, token, ['SESSION_REVOKED', 'SESSION_EXPIRED'])
    },
  },
  {
    name: 'holds for a token that was renewed, whichever of the two is given [LIF-7]',
    limits: RENEWABLE,
    async check(bench) {
      const old = await bench.sessions.createSession('user-1')
      const next = await bench.sessions.renewSession(old.token)
      await bench.sessions.terminateSession(next.token)
      expect((await invalid(bench, old.token, 'SESSION_REVOKED')).reason).toBe('logout')
      await invalid(bench, next.token, 'SESSION_REVOKED')
    },
  },
  {
    name: 'lets no stranger end a session with a token whose secret is wrong',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const forged = `${token.slice(0, 30)}${token[30] === 'A' ? 'B' : 'A'}${token.slice(31)}`
      await bench.sessions.terminateSession(forged)
      await valid(bench, token)
    },
  },
  {
    name: 'is the end for every verb [TRM-1 ATK-020 ATK-035]',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await bench.sessions.terminateSession(token)
      for (const handle of [token, id]) {
        await refusal(bench.sessions.updateSessionContext(handle, { deviceId: 'other' }), 'SESSION_REVOKED')
        await refusal(bench.sessions.setSessionPermissions(handle, ['admin']), 'SESSION_REVOKED')
      }
      await refusal(bench.sessions.renewSession(token), 'SESSION_REVOKED')
      expect(await bench.sessions.getActiveSessions('user-1')).toEqual([])
    },
  },
  {
    name: 'is seen by another engine on the same store at once [TRM-1 ATK-024]',
    async check(bench) {
      const other = await bench.another()
      const { token } = await bench.sessions.createSession('user-1')
      expect((await other.validateSession(token)).isValid).toBe(true)
      await bench.sessions.terminateSession(token)
      expect(await other.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED', reason: 'logout' } })
    },
  },
  {
    name: 'outlives a restart, an outstanding flush and a sweep [ATK-020 ATK-025]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(MINUTE)
      await valid(bench, token)
      await bench.clock.advance(SECOND)
      await valid(bench, token)
      await bench.sessions.terminateSession(token)
      await bench.manager.flush()
      await bench.manager.sweep()
      const restarted = await bench.another()
      for (const wait of [0, MINUTE, HOUR, DAY, 8 * DAY]) {
        await bench.clock.advance(wait)
        expect(await isAlive(bench, token)).toBe(false)
        expect((await restarted.validateSession(token)).isValid).toBe(false)
        await bench.manager.sweep()
      }
    },
  },
  {
    name: 'tells the reason until the record may be forgotten, and then says not found [TRM-14]',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await bench.sessions.terminateSession(token)
      await bench.clock.advance(7 * HOUR)
      await bench.manager.sweep()
      await invalid(bench, token, 'SESSION_REVOKED')
      await bench.clock.advance(8 * DAY)
      await bench.manager.sweep()
      await invalid(bench, token, 'SESSION_NOT_FOUND')
      expect((await bench.store.rows()).map((row) => `sid_${row.id}`)).not.toContain(id)
    },
  },
  {
    name: 'reports the end as an event with its reason',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await bench.clock.advance(SECOND)
      await bench.sessions.terminateSession(token, { reason: 'security.theft-suspected' })
      const subject = bench.manager.pseudonym('user-1')
      const ended = bench.events.filter(({ type }) => type === 'session.ended')
      expect(ended).toMatchObject([{ sessionId: id, reason: 'security.theft-suspected', subject, time: bench.clock.now() }])
    },
  },
]
