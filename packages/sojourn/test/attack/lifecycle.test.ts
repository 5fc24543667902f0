import { requireRecentAuth, type SessionManager } from 'sojourn'
import { describe, expect, it } from 'vitest'
import { attackBench, verdict } from './bench.js'

type Rotate = (sessions: SessionManager, token: string) => Promise<string>

/** Every change of rights, with the token that comes out of it. */
const CHANGES: Readonly<Record<string, Rotate>> = {
  login: async (sessions, token) => (await sessions.createSession('alice', {}, { replaces: token })).token,
  're-authentication': async (sessions, token) => (await sessions.reauthenticateSession(token)).token,
  'step-up': async (sessions, token) => (await sessions.reauthenticateSession(token, {}, { acr: 'aal2', permissions: ['pay'] })).token,
  elevation: async (sessions, token) => (await sessions.setSessionPermissions(token, ['pay'], { rotate: true })).token ?? '',
  'switch of roles': async (sessions, token) => (await sessions.setSessionRoles(token, ['admin'], { rotate: true })).token ?? '',
  'switch of tenants': async (sessions, token) => (await sessions.reauthenticateSession(token, {}, { tenant: 'other' })).token,
  'beginning to act as somebody': async (sessions, token) =>
    (await sessions.createSession('bob', {}, { actor: 'alice', replaces: token })).token,
  'ending to act as somebody': async (sessions, token) => {
    const acting = await sessions.createSession('bob', {}, { actor: 'alice', replaces: token })
    return (await sessions.createSession(acting.actor ?? '', {}, { replaces: acting.token })).token
  },
  'second factor': async (sessions, token) => {
    const pending = await sessions.createSession('alice', {}, { kind: 'pending', replaces: token })
    return (await sessions.reauthenticateSession(pending.token)).token
  },
  'changed password': async (sessions, token) =>
    (await sessions.accountEvent('alice', 'password-changed', { currentToken: token })).session?.token ?? '',
}

describe('a token from before a change of rights', () => {
  for (const [name, change] of Object.entries(CHANGES)) {
    it(`is worth nothing after: ${name} [LIF-1 LIF-2 LIF-7 ATK-001 ATK-002 ATK-004]`, async () => {
      await using bench = await attackBench()
      const { sessions, clock } = bench
      const planted = await sessions.createSession('alice')
      const token = await change(sessions, planted.token)
      expect(token).not.toBe(planted.token)
      expect(await verdict(sessions, token)).toBe('ok')
      expect(await verdict(sessions, planted.token)).not.toBe('ok')
      await expect(sessions.renewSession(planted.token)).rejects.toMatchObject({ status: 401 })
      await clock.advance(5_000)
      expect(await verdict(sessions, planted.token), 'no grace').not.toBe('ok')
    })
  }
})

describe('what no token is', () => {
  const nothing: readonly unknown[] = ['', ' ', 'null', 'undefined', '[object Object]', null, undefined, [], ['a'], {}, 0, Number.NaN]
  it.each(nothing.map((value) => [JSON.stringify(value) ?? 'undefined', value]))(
    'opens no session, and never the same one twice: %s [LIF-8 ATK-005]',
    async (_name, value) => {
      await using bench = await attackBench()
      await bench.sessions.createSession('alice')
      const result = await bench.sessions.validateSession(value as string)
      expect(result.isValid).toBe(false)
      await expect(bench.sessions.reauthenticateSession(value as string)).rejects.toMatchObject({ status: 401 })
    },
  )

  it('is never adopted when a client chose it [ATK-004]', async () => {
    await using bench = await attackBench()
    const { token } = await bench.sessions.createSession('alice')
    const chosen = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
    const created = await bench.sessions.createSession('alice', {}, { replaces: chosen })
    expect(created.token).not.toBe(chosen)
    expect(await verdict(bench.sessions, token), 'nothing of ours was named').toBe('ok')
  })
})

describe('a proof that is not recent', () => {
  it('is refused before something sensitive, with what has to be done [STP-1 ATK-113]', async () => {
    await using bench = await attackBench()
    const { sessions, clock } = bench
    const session = await sessions.createSession('alice', {}, { acr: 'aal1', amr: ['pwd'] })
    const demand = (requirement: Parameters<typeof requireRecentAuth>[1]): unknown => {
      try {
        requireRecentAuth(session, requirement, clock)
        return 'ok'
      } catch (error) {
        return error
      }
    }
    expect(demand({ maxAge: 300_000 })).toBe('ok')
    expect(demand({ maxAge: 300_000, acr: ['aal1', 'aal2'], amr: ['pwd'] })).toBe('ok')
    expect(demand({ maxAge: 300_000, acr: 'aal2' })).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED', acrValues: ['aal2'], maxAge: 300 })
    expect(demand({ maxAge: 300_000, amr: ['otp'] })).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
    await clock.advance(300_000)
    expect(demand({ maxAge: 300_000 })).toBe('ok')
    await clock.advance(1)
    expect(demand({ maxAge: 300_000 })).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED', status: 401, maxAge: 300 })
    expect(demand({ maxAge: Number.NaN })).toMatchObject({ code: 'INVALID_ARGUMENT' })
    const pending = await sessions.createSession('alice', {}, { kind: 'pending' })
    expect(() => requireRecentAuth(pending, { maxAge: 300_000 }, clock)).toThrow(/not complete/)
  })

  it('never makes a remembered session stronger than its login was [STP-4]', async () => {
    await using bench = await attackBench()
    const { token } = await bench.sessions.createSession('alice', {}, { acr: 'aal1', rememberMe: true })
    await bench.clock.advance(86_400_000)
    const result = await bench.sessions.validateSession(token)
    expect(result.isValid && result.session).toMatchObject({ acr: 'aal1', rememberMe: true })
  })
})

describe('a remembered session', () => {
  it('belongs to one user, and ends with a changed password [ATK-010 ATK-012]', async () => {
    await using bench = await attackBench()
    const { sessions } = bench
    const a = await sessions.createSession('a', {}, { rememberMe: true })
    const ab = await sessions.createSession('ab', {}, { rememberMe: true })
    expect((await sessions.getActiveSessions('a')).map(({ id }) => id)).toEqual([a.id])
    await sessions.accountEvent('a', 'password-changed')
    expect(await verdict(sessions, a.token)).toBe('SESSION_REVOKED')
    expect(await verdict(sessions, ab.token)).toBe('ok')
  })
})

describe('visitors without an account', () => {
  it('cannot fill the store from one source [LIF-9]', async () => {
    await using bench = await attackBench({ anonymous: { perMinute: 3 } })
    const begin = (): Promise<unknown> => bench.sessions.createSession(null, { ipAddress: '192.0.2.1' }, { kind: 'anonymous' })
    const tries = await Promise.allSettled(Array.from({ length: 500 }, begin))
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    expect((await bench.sessions.searchSessions({ status: 'all' })).sessions).toHaveLength(3)
  })
})
