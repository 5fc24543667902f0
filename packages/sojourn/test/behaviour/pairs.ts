import { expect } from 'vitest'
import type { BehaviourCheck, Bench, BenchLimits } from './bench.js'
import { CONTEXT, HOUR, invalid, MINUTE, refusal, SECOND, secretsOf, valid } from './expectations.js'

const PAIRS: BenchLimits = { refreshToken: true, idleTimeout: '8h' }

async function pair(bench: Bench): Promise<{ readonly id: string; readonly token: string; readonly refreshToken: string }> {
  const { id, token, refreshToken } = await bench.sessions.createSession('user-1', CONTEXT)
  if (refreshToken === undefined) throw new Error('there is no refresh token')
  return { id, token, refreshToken }
}

const inForms = (name: string, check: BehaviourCheck['check']): readonly BehaviourCheck[] => [
  { name: `${name}, opaque`, limits: PAIRS, check },
  { name: `${name}, JWT`, limits: { ...PAIRS, tokenType: 'jwt' }, check },
]

export const pairs: readonly BehaviourCheck[] = [
  ...inForms('open with one token and renew with the other', async (bench) => {
    const one = await pair(bench)
    expect((await valid(bench, one.token, CONTEXT)).id).toBe(one.id)
    await invalid(bench, one.refreshToken, 'TOKEN_INVALID')
    await refusal(bench.sessions.renewSession(one.token), 'TOKEN_INVALID')
    await refusal(bench.sessions.updateSessionContext(one.refreshToken, { deviceId: 'x' }), 'TOKEN_INVALID')
    const two = await bench.sessions.renewSession(one.refreshToken, CONTEXT)
    expect(two.id).toBe(one.id)
    expect(two.refreshToken).not.toBe(one.refreshToken)
    await valid(bench, two.token)
  }),
  ...inForms('end access after five minutes, and give the next for the refresh token', async (bench) => {
    const one = await pair(bench)
    await bench.clock.advance(5 * MINUTE)
    expect(await invalid(bench, one.token, 'SESSION_EXPIRED')).toMatchObject({ expired: 'lifetime', renewable: true })
    const two = await bench.sessions.renewSession(one.refreshToken)
    expect(two.expiresAt.getTime() - bench.clock.now()).toBe(8 * HOUR - 5 * MINUTE)
    await valid(bench, two.token)
  }),
  ...inForms('are one and the same for 50 parallel renewals, and for a lost answer', async (bench) => {
    const one = await pair(bench)
    const answers = await bench.patiently(Promise.all(Array.from({ length: 50 }, () => bench.sessions.renewSession(one.refreshToken))))
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1)
    await bench.clock.advance(10 * MINUTE)
    expect((await bench.sessions.renewSession(one.refreshToken)).refreshToken).toBe(answers[0]?.refreshToken)
  }),
  ...inForms('are ended when a refresh token comes back that was used up', async (bench) => {
    const one = await pair(bench)
    const two = await bench.sessions.renewSession(one.refreshToken)
    await valid(bench, two.token)
    await bench.clock.advance(31 * SECOND)
    await refusal(bench.sessions.renewSession(one.refreshToken), 'TOKEN_REUSED')
    expect((await invalid(bench, two.token, 'SESSION_REVOKED')).reason).toBe('security.reuse')
    expect(bench.events.filter(({ type }) => type === 'security.reuse')).toMatchObject([{ sessionId: one.id, reason: 'theft' }])
  }),
  ...inForms('end together, by either of them', async (bench) => {
    for (const which of ['token', 'refreshToken'] as const) {
      const one = await pair(bench)
      await bench.sessions.terminateSession(one[which])
      await invalid(bench, one.token, 'SESSION_REVOKED')
      await refusal(bench.sessions.renewSession(one.refreshToken), 'SESSION_REVOKED')
    }
  }),
  ...inForms('are neither stored nor logged', async (bench) => {
    const one = await pair(bench)
    const two = await bench.sessions.renewSession(one.refreshToken)
    await valid(bench, two.token)
    const text = [...(await bench.dump()), JSON.stringify([bench.logs, bench.events])].join('\n')
    for (const secret of [one.token, one.refreshToken, two.token, two.refreshToken ?? ''].flatMap(secretsOf))
      expect(text).not.toContain(secret)
  }),
]
