import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { createSessionManager } from '../../src/create-session-manager.js'
import { isSessionError } from '../../src/errors.js'
import type { SessionManager } from '../../src/manager.js'
import { memcachedStore } from '../../src/store/memcached.js'
import { dump, startMemcached } from '../servers/memcached.js'
import { startProxy } from '../servers/memcached-proxy.js'

const server = await startMemcached('-M')
const proxy = await startProxy(server)

async function open(address: string = server.address): Promise<SessionManager> {
  const storage = await memcachedStore({ servers: [address], timeout: 5_000 })
  const sessions = await createSessionManager({
    storage,
    keys: { master: Uint8Array.from({ length: 32 }, (_, place) => (place * 73 + 41) & 255) },
    maxConcurrentSessions: 5,
  })
  onTestFinished(() => sessions.close())
  return sessions
}

let users = 0
const newUser = (): string => `user-${++users}`

/** A login by a credential that was checked a while ago: what log-out-everywhere must not let through. */
const oldLogin = (sessions: SessionManager, userId: string): Promise<string | undefined> =>
  sessions.createSession(userId, {}, { authTime: new Date(systemClock.now() - 60_000) }).then(
    ({ token }) => token,
    (fault: unknown) => {
      expect(isSessionError(fault) && fault.code).toBe('REAUTHENTICATION_REQUIRED')
      return undefined
    },
  )

const isValid = async (sessions: SessionManager, token: string | undefined): Promise<boolean> =>
  token !== undefined && (await sessions.validateSession(token)).isValid

describe('the engine on Memcached', () => {
  it('keeps no token, user, address, agent or device in clear on the server [TOK-2 ATK-076]', async () => {
    const sessions = await open()
    const secrets = {
      userId: 'alice.secret@example.org',
      ipAddress: '203.0.113.77',
      userAgent: 'SecretBrowser/9.9',
      deviceId: 'device-secret-1',
      role: 'secret-role',
    }
    const { userId, role, ...context } = secrets
    const [kept, ended] = [
      await sessions.createSession(userId, context, { roles: [role], data: { cart: 'secret-cart' } }),
      await sessions.createSession(userId, context, { roles: [role] }),
    ]
    const renewed = await sessions.renewSession(kept.token, context).catch(() => kept)
    await sessions.terminateSession(ended.token)
    await sessions.terminateAllUserSessions(userId)
    await sessions.createSession(userId, context)
    const items = await dump(server)
    expect(items.size).toBeGreaterThan(3)
    const text = [...items].flat().join('\n')
    const forms = (secret: string): readonly string[] => [
      secret,
      ...(['base64', 'base64url', 'hex'] as const).map((form) => Buffer.from(secret).toString(form)),
    ]
    for (const secret of [...Object.values(secrets), 'secret-cart']) for (const form of forms(secret)) expect(text).not.toContain(form)
    // 24 characters of a token are the row's id, which is public; the secret comes after the generation.
    for (const { token } of [kept, ended, renewed]) expect(text).not.toContain(token.slice(28, 71))
  })

  it('ends a login that is under way while its user is logged out everywhere, at whichever step it is', async () => {
    const [slow, sessions] = [await open(proxy.address), await open()]
    for (const step of ['ms sojourn:r:', 'ms sojourn:u:']) {
      const userId = newUser()
      let hold: ((resume: () => void) => void) | undefined
      const held = new Promise<() => void>((resolve) => {
        hold = resolve
      })
      proxy.gate = (piece) => (piece.includes(step) ? new Promise((resume) => hold?.(resume)) : Promise.resolve())
      const login = oldLogin(slow, userId)
      const resume = await held
      proxy.gate = undefined
      await sessions.terminateAllUserSessions(userId)
      resume()
      expect(await isValid(sessions, await login), `held at ${step}`).toBe(false)
      expect(await sessions.getActiveSessions(userId)).toEqual([])
    }
  })

  it('lets none of five hundred logins through that race with a log-out-everywhere', async () => {
    const [one, other] = [await open(), await open()]
    const race = async (place: number): Promise<void> => {
      const userId = newUser()
      const logins = [oldLogin(one, userId), oldLogin(other, userId)]
      for (let turns = 0; turns < place % 12; turns++) await new Promise((resolve) => setImmediate(resolve))
      await (place % 2 === 0 ? one : other).terminateAllUserSessions(userId)
      for (const token of await Promise.all(logins)) expect(await isValid(one, token)).toBe(false)
      expect(await one.getActiveSessions(userId)).toEqual([])
    }
    for (let done = 0; done < 250; done += 10) await Promise.all(Array.from({ length: 10 }, (_, place) => race(done + place)))
  })

  it('logs a user out whose index is lost, so that log-out-everywhere misses nobody', async () => {
    const sessions = await open()
    const userId = newUser()
    const before = new Set(await server.keys())
    const { token } = await sessions.createSession(userId)
    const index = (await server.keys()).find((key) => key.startsWith('sojourn:u:') && !before.has(key))
    await server.raw(`md ${index}\r\n`)
    expect(await isValid(sessions, token)).toBe(false)
    await sessions.terminateAllUserSessions(userId)
    const next = await sessions.createSession(userId)
    expect(await isValid(sessions, next.token)).toBe(true)
    expect(await isValid(sessions, token)).toBe(false)
  })

  it('never brings a session back by a request that is slower than the logout', async () => {
    const [one, other] = [await open(), await open()]
    for (let round = 0; round < 100; round++) {
      const { token } = await one.createSession(newUser())
      await Promise.all([
        one.terminateSession(token),
        ...Array.from({ length: 5 }, (_, place) =>
          (place % 2 === 0 ? one : other).updateSessionContext(token, { deviceId: `d${place}` }).catch(() => undefined),
        ),
      ])
      expect(await isValid(one, token)).toBe(false)
      expect(await isValid(other, token)).toBe(false)
    }
  })
})
