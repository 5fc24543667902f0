import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import { foreignToken, invalid, MINUTE, RENEWABLE, refusal, valid } from './expectations.js'

export const roles: readonly BehaviourCheck[] = [
  {
    name: 'sets the roles, and the next validation sees them [STP-6]',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1', {}, { roles: ['member'] })
      const changed = await bench.sessions.setSessionRoles(token, ['admin', 'admin'])
      expect(changed.roles).toEqual(['admin'])
      expect(['local', 'stored', 'durable', 'everywhere']).toContain(changed.level)
      expect('token' in changed).toBe(false)
      expect((await valid(bench, token)).roles).toEqual(['admin'])
      await bench.sessions.setSessionRoles(id, [])
      expect((await valid(bench, token)).roles).toEqual([])
      expect((await (await bench.another()).validateSession(token)).isValid).toBe(true)
    },
  },
  {
    name: 'ends what was elevated under the old roles, and the grants [STP-2]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1', {}, { permissions: ['read'] })
      await bench.sessions.setSessionPermissions(token, ['read', 'admin'])
      const { grant } = await bench.sessions.grantOperation(token, { operation: 'pay' })
      expect((await bench.sessions.setSessionRoles(token, ['guest'])).permissions).toEqual(['read'])
      await refusal(bench.sessions.useGrant(token, grant, { operation: 'pay' }), 'PERMISSION_DENIED')
    },
  },
  {
    name: 'gives a new token on demand, and refuses the old one at once; so does setSessionPermissions [LIF-2 LIF-7]',
    async check(bench) {
      const { token, id } = await bench.sessions.createSession('user-1')
      const promoted = await bench.sessions.setSessionRoles(token, ['admin'], { rotate: true })
      expect(promoted).toMatchObject({ id, roles: ['admin'], level: expect.any(String) })
      await invalid(bench, token, 'REAUTHENTICATION_REQUIRED')
      const elevated = await bench.sessions.setSessionPermissions(promoted.token!, ['pay'], { rotate: true, expiresIn: '5m' })
      expect(elevated.permissions).toEqual(['pay'])
      await invalid(bench, promoted.token!, 'REAUTHENTICATION_REQUIRED')
      expect(await valid(bench, elevated.token!)).toMatchObject({ id, roles: ['admin'], permissions: ['pay'] })
      await bench.clock.advance(6 * MINUTE)
      expect((await valid(bench, elevated.token!)).permissions).toEqual([])
    },
  },
  {
    name: 'never makes a token of an id',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      expect((await refusal(bench.sessions.setSessionRoles(id, ['admin'], { rotate: true }), 'INVALID_ARGUMENT')).path).toBe(
        'options.rotate',
      )
      await refusal(bench.sessions.setSessionPermissions(id, ['admin'], { rotate: true }), 'INVALID_ARGUMENT')
      expect((await valid(bench, token)).roles).toEqual([])
    },
  },
  {
    name: 'cuts the grace of a token that was replaced by renewal [LIF-7]',
    limits: RENEWABLE,
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const next = await bench.sessions.renewSession(token)
      await valid(bench, next.token)
      await valid(bench, token)
      await bench.sessions.setSessionRoles(next.token, ['admin'])
      await invalid(bench, token)
      await valid(bench, next.token)
    },
  },
  {
    name: 'refuses what opens no session and what are no roles',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      await refusal(bench.sessions.setSessionRoles('x', ['a']), 'TOKEN_MALFORMED')
      await refusal(bench.sessions.setSessionRoles(await foreignToken(bench), ['a']), 'TOKEN_INVALID')
      await refusal(bench.sessions.setSessionRoles(`sid_aa${'A'.repeat(22)}`, ['a']), 'SESSION_NOT_FOUND')
      for (const bad of ['admin', [''], [7], null]) await refusal(bench.sessions.setSessionRoles(token, bad as never), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.setSessionRoles(token, ['a'], { rotate: 'yes' } as never), 'INVALID_ARGUMENT')
    },
  },
]
