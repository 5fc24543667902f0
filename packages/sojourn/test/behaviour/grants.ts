import { expect } from 'vitest'
import type { BehaviourCheck } from './bench.js'
import { invalid, MINUTE, refusal, SECOND, valid } from './expectations.js'

const PAY = { operation: 'payment.send', resource: 'payment-4711' }

export const grants: readonly BehaviourCheck[] = [
  {
    name: 'allows one operation on one thing, once [STP-3]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const { grant, expiresAt } = await bench.sessions.grantOperation(token, PAY)
      expect(expiresAt).toEqual(new Date(bench.clock.now() + 5 * MINUTE))
      for (const other of [
        { operation: 'payment.cancel', resource: 'payment-4711' },
        { operation: 'payment.send', resource: 'payment-1' },
        { operation: 'payment.send' },
      ])
        await refusal(bench.sessions.useGrant(token, grant, other), 'PERMISSION_DENIED')
      await bench.sessions.useGrant(token, grant, PAY)
      await refusal(bench.sessions.useGrant(token, grant, PAY), 'PERMISSION_DENIED')
      await valid(bench, token)
    },
  },
  {
    name: 'is used by exactly one of twenty that try at once [STP-3]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const { grant } = await bench.sessions.grantOperation(token, PAY)
      const tries = await Promise.allSettled(Array.from({ length: 20 }, () => bench.sessions.useGrant(token, grant, PAY)))
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    },
  },
  {
    name: 'belongs to its session, and ends with its time [STP-2 STP-3]',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const other = await bench.sessions.createSession('user-1')
      const { grant } = await bench.sessions.grantOperation(token, { ...PAY, expiresIn: '1m' })
      await refusal(bench.sessions.useGrant(other.token, grant, PAY), 'PERMISSION_DENIED')
      await bench.clock.advance(MINUTE - SECOND)
      const { grant: second } = await bench.sessions.grantOperation(token, PAY)
      await bench.clock.advance(SECOND)
      await refusal(bench.sessions.useGrant(token, grant, PAY), 'PERMISSION_DENIED')
      await bench.sessions.useGrant(token, second, PAY)
      const { grant: third } = await bench.sessions.grantOperation(token, PAY)
      await bench.sessions.terminateSession(token)
      await refusal(bench.sessions.useGrant(token, third, PAY), 'SESSION_REVOKED')
      await invalid(bench, token)
    },
  },
  {
    name: 'keeps the newest eight',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const secrets: string[] = []
      for (let i = 0; i < 9; i++) secrets.push((await bench.sessions.grantOperation(token, PAY)).grant)
      await refusal(bench.sessions.useGrant(token, secrets[0]!, PAY), 'PERMISSION_DENIED')
      for (const secret of secrets.slice(1)) await bench.sessions.useGrant(token, secret, PAY)
    },
  },
  {
    name: 'is stored as a hash only, and told in no event or log',
    async check(bench) {
      const { token } = await bench.sessions.createSession('user-1')
      const { grant } = await bench.sessions.grantOperation(token, PAY)
      const told = JSON.stringify([bench.events, bench.logs])
      expect(told).not.toContain(grant)
      expect(bench.events.map(({ type }) => type)).toContain('session.granted')
      await bench.sessions.useGrant(token, grant, PAY)
      expect(bench.events.map(({ type }) => type)).toContain('session.grant-used')
    },
  },
  {
    name: 'is refused for an id in the place of a token, and for bad input',
    async check(bench) {
      const { id, token } = await bench.sessions.createSession('user-1')
      await refusal(bench.sessions.grantOperation(id, PAY), ['INVALID_ARGUMENT', 'TOKEN_MALFORMED'])
      await refusal(bench.sessions.grantOperation(token, { operation: '' }), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.grantOperation(token, { ...PAY, expiresIn: '2h' }), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.useGrant(token, '', PAY), 'INVALID_ARGUMENT')
      await refusal(bench.sessions.useGrant(token, 'never-granted', PAY), 'PERMISSION_DENIED')
    },
  },
]
