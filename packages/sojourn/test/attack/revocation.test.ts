import { createSessionManager, publicReason } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { describe, expect, it } from 'vitest'
import { attackBench, MASTER, verdict } from './bench.js'

const WHY = { reason: 'security.incident' }

describe('ending many sessions at once', () => {
  it('ends those of one tenant, or of everybody, with an event and a reason for each [TRM-9]', async () => {
    await using bench = await attackBench()
    const { sessions, clock } = bench
    const [acme, beta, none] = [
      await sessions.createSession('alice', {}, { tenant: 'acme' }),
      await sessions.createSession('alice', {}, { tenant: 'beta' }),
      await sessions.createSession('alice'),
    ]
    const visitor = await sessions.createSession(null, {}, { kind: 'anonymous', tenant: 'acme' })
    const ended: string[] = []
    sessions.on((event) => {
      if (event.type === 'session.ended') ended.push(`${event.sessionId} ${event.reason}`)
    })
    const progress: number[] = []
    expect(await sessions.endSessions({ tenant: 'acme' }, WHY, ({ terminated }) => progress.push(terminated))).toEqual({
      terminated: 2,
      level: 'everywhere',
    })
    expect(progress.at(-1)).toBe(2)
    expect(ended.sort()).toEqual([`${acme.id} security.incident`, `${visitor.id} security.incident`].sort())
    expect(await verdict(sessions, acme.token)).toBe('SESSION_REVOKED')
    expect([await verdict(sessions, beta.token), await verdict(sessions, none.token)]).toEqual(['ok', 'ok'])
    await clock.advance(1)
    expect((await sessions.endSessions({ all: true }, { ...WHY, except: none.id })).terminated).toBe(1)
    expect(await verdict(sessions, beta.token)).toBe('SESSION_REVOKED')
    expect(await verdict(sessions, none.token)).toBe('ok')
  })

  it('refuses a login that was authenticated before, and a later one revives nothing [TRM-4 TRM-5 ATK-023 ATK-034]', async () => {
    for (const what of [{ tenant: 'acme' }, { all: true as const }, { user: 'alice' }, { user: 'alice', tenant: 'acme' }]) {
      await using bench = await attackBench()
      const { sessions, clock } = bench
      const old = await sessions.createSession('alice', {}, { tenant: 'acme' })
      const authTime = new Date(clock.now())
      await clock.advance(1_000)
      await sessions.endSessions(what, WHY)
      await expect(sessions.createSession('alice', {}, { tenant: 'acme', authTime })).rejects.toMatchObject({
        code: 'REAUTHENTICATION_REQUIRED',
      })
      await clock.advance(1_000)
      expect(await verdict(sessions, (await sessions.createSession('alice', {}, { tenant: 'acme' })).token)).toBe('ok')
      expect(await verdict(sessions, old.token)).toBe('SESSION_REVOKED')
      await expect(sessions.createSession('alice', {}, { tenant: 'acme', authTime })).rejects.toMatchObject({
        code: 'REAUTHENTICATION_REQUIRED',
      })
    }
  })

  it('leaves those that were authenticated at the given instant or later', async () => {
    await using bench = await attackBench()
    const { sessions, clock } = bench
    const old = await sessions.createSession('alice')
    await clock.advance(1_000)
    const authTime = new Date(clock.now())
    const fresh = await sessions.createSession('alice')
    await clock.advance(1_000)
    for (const what of [{ user: 'alice' }, { all: true as const }]) await sessions.endSessions(what, { ...WHY, authTime })
    expect([await verdict(sessions, old.token), await verdict(sessions, fresh.token)]).toEqual(['SESSION_REVOKED', 'ok'])
  })

  it('lets no login through that races it, whichever comes first [TRM-2 TRM-4 ATK-023]', async () => {
    for (let round = 0; round < 30; round++) {
      await using bench = await attackBench({ maxConcurrentSessions: 1_000 })
      const { sessions, clock } = bench
      const authTime = new Date(clock.now())
      await clock.advance(1)
      const logins = Array.from({ length: 10 }, (_, i) =>
        sessions.createSession('alice', {}, { tenant: 'acme', authTime: i % 2 === 0 ? authTime : new Date(clock.now() - 1) }),
      )
      const [ended, ...made] = await Promise.allSettled([sessions.endSessions({ tenant: 'acme' }, WHY), ...logins])
      expect(ended.status).toBe('fulfilled')
      for (const one of made) if (one.status === 'fulfilled') expect(await verdict(sessions, one.value.token)).toBe('SESSION_REVOKED')
    }
  })

  it('wants a reason, and one meaning [TRM-9]', async () => {
    await using bench = await attackBench()
    const { sessions } = bench
    const { token } = await sessions.createSession('alice')
    for (const [what, options] of [
      [{ all: true }, {}],
      [{ all: true }, undefined],
      [{}, WHY],
      [{ all: true, tenant: 'acme' }, WHY],
      [{ all: false }, WHY],
      [{ tenant: '' }, WHY],
      [{ all: true }, { ...WHY, except: token }],
      [{ all: true }, { ...WHY, authTime: new Date(8e15) }],
      [{ all: true }, { reason: 'Because!' }],
    ])
      await expect(sessions.endSessions(what as never, options as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    expect(await verdict(sessions, token)).toBe('ok')
  })

  it('holds for another process on the same store [TRM-1 TRM-9]', async () => {
    const storage = await memoryStore()
    await using bench = await attackBench({ storage })
    const { token } = await bench.sessions.createSession('alice', {}, { tenant: 'acme' })
    const other = await createSessionManager({ storage, keys: { master: MASTER }, clock: bench.clock, cleanupInterval: 0 })
    await other.endSessions({ tenant: 'acme' }, WHY)
    expect(await verdict(bench.sessions, token)).toBe('SESSION_REVOKED')
  })
})

describe('a live connection', () => {
  it('is told once that its session has ended, here at once and elsewhere within half a minute [TRM-13 ATK-029]', async () => {
    const storage = await memoryStore()
    await using bench = await attackBench({ storage })
    const { sessions, clock } = bench
    const other = await createSessionManager({ storage, keys: { master: MASTER }, clock, cleanupInterval: 0 })
    const told: string[] = []
    const [here, there, stays, idle] = await Promise.all(['a', 'b', 'c', 'd'].map((user) => sessions.createSession(user)))
    for (const session of [here, there, stays]) sessions.onEnded(session!.id, (reason) => told.push(`${session!.userId} ${reason}`))
    const stop = sessions.onEnded(idle!.id, () => told.push('not wanted any more'))
    stop()
    stop()
    await sessions.terminateSession(here!.token)
    expect(told).toEqual(['a logout'])
    await other.accountEvent('b', 'account-disabled')
    await clock.advance(30_000)
    expect(told).toEqual(['a logout', 'b account.disabled'])
    await clock.advance(1_800_001)
    expect(told).toEqual(['a logout', 'b account.disabled', 'c expired.idle'])
    expect(() => sessions.onEnded('nonsense', () => undefined)).toThrow(/sid_/)
  })

  it('does not keep the others from being told when one listener fails', async () => {
    await using bench = await attackBench()
    const { id } = await bench.sessions.createSession('alice')
    const told: string[] = []
    bench.sessions.onEnded(id, () => {
      throw new Error('broken')
    })
    bench.sessions.onEnded(id, (reason) => told.push(reason))
    await bench.sessions.terminateSession(id)
    expect(told).toEqual(['logout'])
  })
})

describe('the reason of an end', () => {
  it.each([
    ['expired.idle', 'expired'],
    ['logout', 'revoked'],
    ['revoked', 'revoked'],
    ['account.disabled', 'revoked'],
    ['limit', 'replaced'],
    ['replaced', 'replaced'],
    ['security.reuse', 'security'],
    ['security.password-changed', 'security'],
  ])('%s is told as %s [TRM-14]', (reason, told) => {
    expect(publicReason(reason)).toBe(told)
  })
})
