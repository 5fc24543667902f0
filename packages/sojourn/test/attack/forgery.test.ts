import { createSessionManager, type SessionManager, type SessionManagerOptions } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type FakeClock, fakeClock, seededRandom } from 'sojourn/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ProbedStore, probedStore } from '../behaviour/probed-store.js'

const DAY = 86_400_000

interface Opened {
  readonly sessions: SessionManager
  readonly store: ProbedStore
  readonly clock: FakeClock
}

async function open(options: SessionManagerOptions = {}): Promise<Opened> {
  const clock = fakeClock()
  const store = probedStore(await memoryStore())
  const sessions = await createSessionManager({ storage: store, clock, ...options })
  onTestFinished(() => sessions.close())
  return { sessions, store, clock }
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => `answered ${JSON.stringify(value)}`,
    (error: { readonly code?: string }) => error.code ?? String(error),
  )

describe('what a caller does to the session that it was given', () => {
  it('has no effect on what the server knows [TOK-9]', async () => {
    const { sessions } = await open()
    const issued = await sessions.createSession('alice', {}, { roles: ['user'], permissions: ['read'], data: { cart: ['a'] } })
    const expected = structuredClone({ ...issued, token: undefined })
    for (let round = 0; round < 5; round++) {
      const result = await sessions.validateSession(issued.token)
      if (!result.isValid) throw new Error(result.error.message)
      const mine = result.session as unknown as Record<string, unknown>
      expect(result.session).toMatchObject({ userId: 'alice', roles: ['user'], permissions: ['read'], data: { cart: ['a'] } })
      for (const date of ['createdAt', 'authTime', 'expiresAt', 'idleExpiresAt', 'absoluteExpiresAt', 'lastActivity'] as const) {
        expect(result.session[date], date).toEqual(expected[date])
        result.session[date].setFullYear(2_999)
      }
      for (const [name, value] of Object.entries({ userId: 'root', status: 'active', tenant: 'other' })) mine[name] = value
      for (const list of ['roles', 'permissions'] as const) {
        try {
          ;(result.session[list] as string[]).push('admin')
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
        }
      }
    }
    await sessions.terminateSession(issued.token)
    expect(await sessions.validateSession(issued.token)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
  })

  it('opens nothing when it is given in the place of a token [TOK-9 TOK-3]', async () => {
    const { sessions, store } = await open()
    const session = await sessions.createSession('alice')
    const before = store.calls('get')
    for (const forged of [
      session,
      { ...session },
      { token: session.token },
      [session.token],
      { toString: () => session.token },
      session.id,
    ]) {
      expect(await sessions.validateSession(forged as unknown as string)).toMatchObject({ error: { code: 'TOKEN_MALFORMED' } })
      expect(await codeOf(sessions.renewSession(forged as unknown as string))).toBe('TOKEN_MALFORMED')
    }
    expect(store.calls('get')).toBe(before)
  })
})

describe('an id that holds a path, a pattern or a command', () => {
  const HOSTILE = ['../../etc/passwd', '..\\..\\x', '*', '?[a-z]', "' OR 1=1 --", '\r\nflush_all\r\n', '\0', '%2e%2e%2f', '${x}', '{}']

  it('is refused before the store is asked, alone, as an id and at each place of one [STO-7 ATK-078 ATK-080]', async () => {
    const { sessions, store } = await open()
    const { id, token } = await sessions.createSession('alice')
    const before = store.calls()
    for (const hostile of HOSTILE) {
      const spellings = [
        hostile,
        `sid_${hostile}`,
        `${id}${hostile}`,
        id.slice(0, 28 - hostile.length) + hostile,
        hostile + id.slice(hostile.length),
      ]
      for (const text of spellings) {
        expect(await codeOf(sessions.getSessionAnalytics(text)), text).toBe('TOKEN_MALFORMED')
        expect(await sessions.getSession(text), text).toBeUndefined()
        await sessions.terminateSession(text)
      }
      for (const at of [0, 24, 71]) {
        const text = (token.slice(0, at) + hostile + token.slice(at + hostile.length)).slice(0, 82)
        expect(await sessions.validateSession(text)).toMatchObject({ error: { code: 'TOKEN_MALFORMED' } })
      }
    }
    expect(store.calls()).toBe(before)
    expect(await sessions.validateSession(token)).toMatchObject({ isValid: true })
  })

  it('reaches no key of the store when it is a user, a tenant or a device [STO-7 ATK-080]', async () => {
    const { sessions, store } = await open()
    for (const hostile of ['../../x', '*', '?a-z', "O'R1=1--", 'a:b:c', '{a}', 'flush_all']) {
      await sessions.createSession(hostile, { deviceId: hostile })
      expect(await sessions.getActiveSessions(hostile)).toHaveLength(1)
    }
    await sessions.flush()
    for (const { id, owner } of await store.rows()) {
      expect(id).toMatch(/^[A-Za-z0-9_-]+$/)
      expect(owner ?? '').toMatch(/^[A-Za-z0-9_-]*$/)
    }
  })
})

describe('a verdict in memory', () => {
  it('is of one token alone: ten thousand validations of a hundred users at once, each is told of itself [ATK-056 ATK-057]', async () => {
    const { sessions } = await open({ throttle: { enabled: false } })
    const random = seededRandom(56)
    const issued = await Promise.all(
      Array.from({ length: 100 }, (_, user) =>
        sessions.createSession(`user-${user % 50}`, { deviceId: `device-${user}` }, { data: { user } }),
      ),
    )
    const wrong = (token: string, other: string): string => token.slice(0, 28) + other.slice(28)
    for (let round = 0; round < 100; round++) {
      await Promise.all(
        Array.from({ length: 100 }, async () => {
          const [one, other] = [random.pick(issued), random.pick(issued)]
          const isMixed = one !== other && random.below(4) === 0
          const result = await sessions.validateSession(isMixed ? wrong(one.token, other.token) : one.token)
          if (isMixed) expect(result).toMatchObject({ isValid: false, error: { code: 'TOKEN_INVALID' } })
          else
            expect(result).toMatchObject({
              isValid: true,
              session: { id: one.id, userId: one.userId, data: one.data, context: one.context },
            })
        }),
      )
    }
  })

  it('is given up when the session ends, also for those that ask at that moment [ATK-024 ATK-056]', async () => {
    const { sessions } = await open()
    for (let round = 0; round < 200; round++) {
      const { token } = await sessions.createSession('alice')
      for (let i = 0; i < 3; i++) await sessions.validateSession(token)
      const meanwhile = Array.from({ length: 5 }, () => sessions.validateSession(token))
      await sessions.terminateSession(token)
      expect(await sessions.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED' } })
      await Promise.all(meanwhile)
      expect(await sessions.validateSession(token)).toMatchObject({ isValid: false })
    }
  })
})

describe('a remembered login', () => {
  it('ends with all others when the password changes, and stays ended for as long as it could have lived [ATK-012]', async () => {
    const { sessions, clock } = await open({ cleanupInterval: 0 })
    const remembered = await sessions.createSession('alice', {}, { rememberMe: true })
    const ordinary = await sessions.createSession('alice')
    const mine = await sessions.createSession('alice')
    await clock.advance(1)
    await sessions.terminateAllUserSessions('alice', { except: mine.id, reason: 'security.password-changed' })
    expect(await sessions.validateSession(mine.token)).toMatchObject({ isValid: true })
    for (let day = 0; day < 8; day++) {
      for (const { token } of [remembered, ordinary]) expect(await sessions.validateSession(token)).toMatchObject({ isValid: false })
      expect(await codeOf(sessions.renewSession(remembered.token))).toMatch(/^SESSION_(?:REVOKED|NOT_FOUND)$/)
      await clock.advance(DAY)
      await sessions.sweep()
    }
  })
})

describe('giant and many', () => {
  it('names and data are refused with their place, and hold up nobody else [STO-9 ATK-123]', async () => {
    const { sessions, store } = await open()
    const bystander = await sessions.createSession('bob')
    const before = store.calls('insert')
    const giant = 'a'.repeat(1_048_576)
    const bad: ReadonlyArray<readonly [work: () => Promise<unknown>, path: string]> = [
      [() => sessions.createSession(giant), 'userId'],
      [() => sessions.createSession('alice', {}, { roles: [giant] }), 'roles'],
      [() => sessions.createSession('alice', {}, { permissions: Array.from({ length: 100_000 }, (_, i) => `p${i}`) }), 'permissions'],
      [() => sessions.createSession('alice', {}, { data: { giant } }), 'data'],
      [() => sessions.createSession('alice', {}, { tenant: giant }), 'tenant'],
      [() => sessions.terminateSession(bystander.token, { reason: giant }), 'reason'],
    ]
    for (const [work, path] of bad) {
      const error = await work().then(
        () => undefined,
        (thrown: { readonly code: string; readonly path?: string; readonly message: string }) => thrown,
      )
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', path: expect.stringContaining(path) })
      expect(error?.message.length).toBeLessThan(1_000)
    }
    expect(store.calls('insert')).toBe(before)
    expect(await sessions.validateSession(bystander.token)).toMatchObject({ isValid: true })
  })

  it('sessions hold no lock over the work of an application: a slow one makes no other one wait [STO-12 ATK-123]', async () => {
    const { sessions, store } = await open()
    const { token } = await sessions.createSession('alice')
    let release: (() => void) | undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    store.holdBack(() => held)
    const slow = sessions.setSessionPermissions(token, ['slow'])
    store.holdBack(undefined)
    const names = Array.from({ length: 50 }, (_, i) => `user-${i}`)
    const others = await Promise.all(names.map((name) => sessions.createSession(name)))
    for (const other of others) expect(await sessions.validateSession(other.token)).toMatchObject({ isValid: true })
    release?.()
    expect((await slow).permissions).toEqual(['slow'])
  })
})
