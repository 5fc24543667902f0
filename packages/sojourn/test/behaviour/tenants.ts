import { expect } from 'vitest'
import type { IssuedSession } from '../../src/session.js'
import type { Sessions } from '../../src/sessions.js'
import type { BehaviourCheck, Bench } from './bench.js'
import { invalid, refusal, SECOND, valid } from './expectations.js'

/** Everything that can be done to a session by its token or its id. */
const VERBS: Readonly<Record<string, (sessions: Sessions, session: IssuedSession) => Promise<unknown>>> = {
  renewSession: (sessions, { token }) => sessions.renewSession(token),
  reauthenticateSession: (sessions, { token }) => sessions.reauthenticateSession(token),
  updateSessionContext: (sessions, { token }) => sessions.updateSessionContext(token, { deviceId: 'thief' }),
  'updateSessionContext by id': (sessions, { id }) => sessions.updateSessionContext(id, { deviceId: 'thief' }),
  setSessionPermissions: (sessions, { token }) => sessions.setSessionPermissions(token, ['stolen']),
  'setSessionPermissions by id': (sessions, { id }) => sessions.setSessionPermissions(id, ['stolen']),
  'setSessionPermissions under a new token': (sessions, { token }) => sessions.setSessionPermissions(token, ['stolen'], { rotate: true }),
  setSessionRoles: (sessions, { token }) => sessions.setSessionRoles(token, ['stolen']),
  'setSessionRoles by id': (sessions, { id }) => sessions.setSessionRoles(id, ['stolen']),
  getSessionAnalytics: (sessions, { token }) => sessions.getSessionAnalytics(token),
  'getSessionAnalytics by id': (sessions, { id }) => sessions.getSessionAnalytics(id),
  grantOperation: (sessions, { token }) => sessions.grantOperation(token, { operation: 'pay' }),
  useGrant: (sessions, { token }) => sessions.useGrant(token, 'secret', { operation: 'pay' }),
}

const create = (bench: Bench, tenant?: string): Promise<IssuedSession> =>
  bench.sessions.createSession('user-1', {}, tenant === undefined ? {} : { tenant })

export const tenants: readonly BehaviourCheck[] = [
  {
    name: 'makes and sees sessions of its own tenant only',
    async check(bench) {
      const north = bench.forTenant('north')
      const own = await north.createSession('user-1')
      expect(own.tenant).toBe('north')
      expect((await north.createSession('user-1', {}, { tenant: 'north' })).tenant).toBe('north')
      await refusal(north.createSession('user-1', {}, { tenant: 'south' }), 'PERMISSION_DENIED')
      await refusal(north.reauthenticateSession(own.token, {}, { tenant: 'south' }), 'PERMISSION_DENIED')
      await create(bench, 'south')
      await create(bench)
      expect((await north.getActiveSessions('user-1')).map(({ tenant }) => tenant)).toEqual(['north', 'north'])
      await refusal(north.getActiveSessions('user-1', { tenant: 'south' }), 'PERMISSION_DENIED')
      expect(await bench.sessions.getActiveSessions('user-1')).toHaveLength(4)
      expect(await bench.sessions.getActiveSessions('user-1', { tenant: 'south' })).toHaveLength(1)
      const result = await north.validateSession(own.token)
      expect(result.isValid && result.session.id).toBe(own.id)
    },
  },
  {
    name: 'says of a session of another tenant, and of one of none, what it says of one that never was [ADM-3 ATK-051 ATK-112]',
    async check(bench) {
      const north = bench.forTenant('north')
      for (const foreign of [await create(bench, 'south'), await create(bench)]) {
        // Accepted for others a moment ago, and so perhaps answered from memory.
        for (let times = 0; times < 3; times++) await valid(bench, foreign.token)
        const verdict = await north.validateSession(foreign.token)
        expect(!verdict.isValid && verdict.error.code).toBe('SESSION_NOT_FOUND')
        for (const [name, verb] of Object.entries(VERBS)) {
          const { code, message } = await refusal(verb(north, foreign))
          expect({ name, code }).toEqual({ name, code: 'SESSION_NOT_FOUND' })
          expect(message).not.toMatch(/tenant|south/i)
        }
        await north.terminateSession(foreign.token)
        await north.terminateSession(foreign.id)
        const after = await valid(bench, foreign.token)
        expect(after).toMatchObject({ permissions: [], roles: [], context: {} })
        await bench.sessions.terminateSession(foreign.token)
        const ended = await north.validateSession(foreign.token)
        expect(!ended.isValid && ended.error.code, 'also after its end').toBe('SESSION_NOT_FOUND')
      }
    },
  },
  {
    name: 'does all of it with sessions of its own [ADM-3]',
    limits: { maxConcurrentSessions: 100 },
    async check(bench) {
      for (const [name, verb] of Object.entries(VERBS)) {
        const own = await create(bench, 'north')
        const code = await verb(bench.forTenant('north'), own).then(
          () => 'done',
          (error: unknown) => (error as { code?: string }).code,
        )
        expect({ name, code }).toEqual({
          name,
          code: name === 'renewSession' ? 'RENEWAL_TOO_EARLY' : name === 'useGrant' ? 'PERMISSION_DENIED' : 'done',
        })
      }
      const own = await create(bench, 'north')
      await bench.forTenant('north').terminateSession(own.id)
      await invalid(bench, own.token, 'SESSION_REVOKED')
    },
  },
  {
    name: 'ends the sessions of a user in one tenant, and a login there that is under way, and no others [TRM-4]',
    async check(bench) {
      const [north, south, none] = [await create(bench, 'north'), await create(bench, 'south'), await create(bench)]
      const authTime = new Date(bench.clock.now())
      await bench.clock.advance(SECOND)
      expect((await bench.sessions.terminateAllUserSessions('user-1', { tenant: 'north' })).terminated).toBe(1)
      await invalid(bench, north.token, 'SESSION_REVOKED')
      for (const { token } of [south, none]) await valid(bench, token)
      await refusal(bench.sessions.createSession('user-1', {}, { tenant: 'north', authTime }), 'REAUTHENTICATION_REQUIRED')
      await bench.sessions.createSession('user-1', {}, { tenant: 'south', authTime })
      expect((await bench.forTenant('south').terminateAllUserSessions('user-1')).terminated).toBe(2)
      await valid(bench, none.token)
      const again = await create(bench, 'north')
      expect((await bench.sessions.terminateAllUserSessions('user-1')).terminated).toBe(2)
      for (const { token } of [none, again]) await invalid(bench, token, 'SESSION_REVOKED')
    },
  },
  {
    name: 'draws the consequences of an event in its own tenant only',
    async check(bench) {
      const [here, other, south] = [await create(bench, 'north'), await create(bench, 'north'), await create(bench, 'south')]
      const north = bench.forTenant('north')
      const changed = await north.accountEvent('user-1', 'password-changed', { currentToken: here.token })
      expect(changed).toMatchObject({ terminated: 1, session: { id: here.id } })
      await invalid(bench, other.token, 'SESSION_REVOKED')
      await valid(bench, south.token)
      await north.accountEvent('user-1', 'account-disabled')
      await refusal(north.createSession('user-1'), 'PERMISSION_DENIED')
      await create(bench, 'south')
      await north.accountEvent('user-1', 'account-enabled')
      await bench.clock.advance(SECOND)
      await north.createSession('user-1')
    },
  },
  {
    name: 'counts a user in each tenant for itself, with the limit of that tenant',
    limits: { maxConcurrentSessions: 2, tenants: { north: { maxConcurrentSessions: 1 } } },
    async check(bench) {
      const made: Record<string, IssuedSession[]> = {}
      for (const tenant of ['north', 'south', 'none']) {
        for (let i = 0; i < 3; i++) {
          await bench.clock.advance(SECOND)
          made[tenant] = [...(made[tenant] ?? []), await create(bench, tenant === 'none' ? undefined : tenant)]
        }
      }
      const alive = async (tenant: string): Promise<boolean[]> =>
        Promise.all(made[tenant]!.map(async ({ token }) => (await bench.sessions.validateSession(token)).isValid))
      expect(await alive('north')).toEqual([false, false, true])
      expect(await alive('south')).toEqual([false, true, true])
      expect(await alive('none')).toEqual([false, true, true])
    },
  },
  {
    name: 'ends nothing of another tenant by replacing it, and takes nothing along from there [ADM-3]',
    async check(bench) {
      const south = await bench.sessions.createSession(null, {}, { kind: 'anonymous', tenant: 'south', data: { cart: 1 } })
      const own = await bench.forTenant('north').createSession('user-1', {}, { replaces: south.token, carryOver: ['cart'] })
      expect(own.data).toEqual({})
      const still = await bench.sessions.validateSession(south.token, {}, { allow: ['anonymous'] })
      expect(still.isValid).toBe(true)
    },
  },
]
