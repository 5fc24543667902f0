import { expect } from 'vitest'
import type { BehaviourCheck, Bench, BenchLimits } from './bench.js'
import { CONTEXT, MINUTE, SECOND } from './expectations.js'

const limits: BenchLimits = { tokenType: 'jwt', refreshToken: true, jwt: { revocationFeed: true } }

/** Ids in the feed, sorted. An answer may be a second old. */
async function ended({ manager, clock }: Bench): Promise<readonly string[]> {
  await clock.advance(1.1 * SECOND)
  return (await manager.revocations()).sessions.map(({ sid }) => sid).sort()
}

export const revocations: readonly BehaviourCheck[] = [
  {
    name: 'tells every kind of end, once each, and nothing of sessions that stand [JWT-9]',
    limits,
    async check(bench) {
      const { sessions } = bench
      const ids: string[] = []
      const open = async (user: string): Promise<string> => {
        const { id } = await sessions.createSession(user, CONTEXT)
        ids.push(id)
        return id
      }
      await sessions.terminateSession(await open('user-1'))
      await open('user-2')
      await open('user-2')
      await sessions.terminateAllUserSessions('user-2')
      await open('user-3')
      await sessions.accountEvent('user-3', 'compromised')
      const replaced = await sessions.createSession('user-4', CONTEXT)
      ids.push(replaced.id)
      const stands = await sessions.createSession('user-4', CONTEXT, { replaces: replaced.token })
      await sessions.terminateSession(ids[0] ?? '')
      expect(await ended(bench)).toEqual([...ids].sort())
      expect(ids).not.toContain(stands.id)
    },
  },
  {
    name: 'forgets an end once no token of it is left',
    limits,
    async check(bench) {
      const { id } = await bench.sessions.createSession('user-1', CONTEXT)
      await bench.sessions.terminateSession(id)
      expect(await ended(bench)).toEqual([id])
      await bench.clock.advance(4.5 * MINUTE)
      expect(await ended(bench)).toEqual([id])
      await bench.clock.advance(MINUTE)
      expect(await ended(bench)).toEqual([])
    },
  },
  {
    name: 'is empty for sessions of another tenant that could not be ended from here',
    limits,
    async check(bench) {
      const { id } = await bench.sessions.createSession('user-1', CONTEXT, { tenant: 'north' })
      await bench.forTenant('south').terminateSession(id)
      expect(await ended(bench)).toEqual([])
      await bench.forTenant('north').terminateSession(id)
      expect(await ended(bench)).toEqual([id])
    },
  },
]
