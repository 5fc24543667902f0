import { expect } from 'vitest'
import type { AccountEvent } from '../../src/sessions.js'
import type { BehaviourCheck } from './bench.js'
import { invalid, isAlive, MINUTE, refusal, SECOND, valid } from './expectations.js'

const SPARING: readonly AccountEvent[] = ['password-changed', 'factor-changed', 'email-changed']
const ENDING: readonly AccountEvent[] = ['account-disabled', 'account-deleted', 'compromised']

export const accountEvents: readonly BehaviourCheck[] = [
  {
    name: 'ends all other sessions when a password, factor or address changes, and renames the token of this one [TRM-8 ATK-012 ATK-027]',
    async check(bench) {
      for (const event of SPARING) {
        const user = `user-${event}`
        const here = await bench.sessions.createSession(user)
        const there = await bench.sessions.createSession(user, {}, { rememberMe: true })
        const pending = await bench.sessions.createSession(user, {}, { kind: 'pending' })
        const result = await bench.sessions.accountEvent(user, event, { currentToken: here.token })
        expect(result.terminated).toBe(2)
        expect(result.session).toMatchObject({ id: here.id, userId: user })
        expect((await invalid(bench, there.token, 'SESSION_REVOKED')).reason).toBe(`security.${event}`)
        expect((await bench.sessions.validateSession(pending.token, {}, { allow: ['pending'] })).isValid).toBe(false)
        await invalid(bench, here.token, 'REAUTHENTICATION_REQUIRED')
        await valid(bench, result.session!.token)
      }
    },
  },
  {
    name: 'ends all where no session is named, or one that is over [TRM-8]',
    async check(bench) {
      const [first, second] = [await bench.sessions.createSession('user-1'), await bench.sessions.createSession('user-1')]
      const gone = await bench.sessions.createSession('user-1')
      await bench.sessions.terminateSession(gone.token)
      const result = await bench.sessions.accountEvent('user-1', 'password-changed', { currentToken: gone.token })
      expect(result.terminated).toBe(2)
      expect('session' in result).toBe(false)
      for (const { token } of [first, second]) await invalid(bench, token, 'SESSION_REVOKED')
    },
  },
  {
    name: 'ends every session of an account that is disabled, deleted or compromised, this one included [TRM-7 ATK-028]',
    async check(bench) {
      for (const event of ENDING) {
        const user = `user-${event}`
        const here = await bench.sessions.createSession(user)
        const there = await bench.sessions.createSession(user)
        const result = await bench.sessions.accountEvent(user, event, { currentToken: here.token })
        expect(result).toMatchObject({ terminated: 2 })
        expect('session' in result).toBe(false)
        for (const { token } of [here, there]) await invalid(bench, token, 'SESSION_REVOKED')
      }
    },
  },
  {
    name: 'refuses logins while an account is disabled, whenever they were authenticated, until it is enabled [TRM-7]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await bench.sessions.accountEvent('user-1', 'account-disabled')
      await bench.clock.advance(MINUTE)
      const refused = await refusal(bench.sessions.createSession('user-1'), 'PERMISSION_DENIED')
      expect(refused.reason).toBe('account.disabled')
      await refusal(bench.sessions.createSession('user-1', {}, { kind: 'pending' }), 'PERMISSION_DENIED')
      await bench.sessions.createSession('user-2')
      await bench.sessions.terminateAllUserSessions('user-1')
      await refusal(bench.sessions.createSession('user-1'), 'PERMISSION_DENIED')
      await bench.sessions.accountEvent('user-1', 'account-enabled')
      const after = await bench.sessions.createSession('user-1')
      await valid(bench, after.token)
      await invalid(bench, token, 'SESSION_REVOKED')
    },
  },
  {
    name: 'refuses a login that was authenticated before, and a later one revives nothing [TRM-4 TRM-5 ATK-034]',
    async check(bench) {
      const old = await bench.sessions.createSession('user-1')
      const authTime = new Date(bench.clock.now())
      await bench.clock.advance(SECOND)
      await bench.sessions.accountEvent('user-1', 'compromised')
      await refusal(bench.sessions.createSession('user-1', {}, { authTime }), 'REAUTHENTICATION_REQUIRED')
      await bench.clock.advance(SECOND)
      await bench.sessions.createSession('user-1')
      await invalid(bench, old.token, 'SESSION_REVOKED')
      await refusal(bench.sessions.createSession('user-1', {}, { authTime }), 'REAUTHENTICATION_REQUIRED')
    },
  },
  {
    name: 'gives nothing of a deleted account to a new one of the same name [LIF-10 ATK-008]',
    async check(bench) {
      const old = await bench.sessions.createSession('user-7', {}, { data: { secret: 1 }, roles: ['boss'] })
      const before = new Date(bench.clock.now())
      await bench.clock.advance(SECOND)
      await bench.sessions.accountEvent('user-7', 'account-deleted')
      await bench.clock.advance(SECOND)
      const fresh = await bench.sessions.createSession('user-7')
      expect(fresh).toMatchObject({ data: {}, roles: [] })
      expect(fresh.id).not.toBe(old.id)
      expect(await isAlive(bench, old.token)).toBe(false)
      expect(await bench.sessions.getActiveSessions('user-7')).toHaveLength(1)
      await refusal(bench.sessions.createSession('user-7', {}, { authTime: before }), 'REAUTHENTICATION_REQUIRED')
    },
  },
  {
    name: 'leaves everything as it is for a token of somebody else, and for bad input',
    async check(bench) {
      const mine = await bench.sessions.createSession('user-1')
      const other = await bench.sessions.createSession('user-2')
      const refused = await refusal(
        bench.sessions.accountEvent('user-1', 'password-changed', { currentToken: other.token }),
        'INVALID_ARGUMENT',
      )
      expect(refused.path).toMatch(/currentToken$/)
      await refusal(bench.sessions.accountEvent('user-1', 'renamed' as never), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.accountEvent('a b', 'compromised'), 'INVALID_ARGUMENT')
      for (const { token } of [mine, other]) await valid(bench, token)
    },
  },
  {
    name: 'says 503 when it could not be done, and does it as soon as the store answers again [TRM-6 ATK-033]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      bench.store.fail({ verbs: ['insert', 'replace'] })
      await refusal(bench.patiently(bench.sessions.accountEvent('user-1', 'compromised')), 'STORE_UNAVAILABLE')
      bench.store.mend()
      await bench.clock.advance(5 * SECOND)
      await invalid(bench, token, 'SESSION_REVOKED')
    },
  },
]
