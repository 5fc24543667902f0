import { sign } from 'cookie-signature'
import { memoryStore } from 'sojourn/memory'
import { afterEach, describe, expect, it } from 'vitest'
import type { SessionManager } from '../../src/manager.js'
import type { Sessions } from '../../src/sessions.js'
import type { Bench, BenchLimits } from '../behaviour/bench.js'
import { turn } from '../behaviour/bench-clock.js'
import { engineBench } from '../behaviour/engine-bench.js'
import { CHROME_WINDOWS, CONTEXT, DAY, HOUR, isAlive, MINUTE, RENEWABLE, refusal, SECOND, valid } from '../behaviour/expectations.js'
import { type OldLibrary, oldLibrary, SECRET } from './old-library.js'

const opened: Bench[] = []
afterEach(async () => {
  for (const bench of opened.splice(0)) await bench.close()
})

async function setUp(limits: BenchLimits = {}): Promise<{ readonly bench: Bench; readonly old: OldLibrary }> {
  const old = oldLibrary()
  const bench = await engineBench({ store: await memoryStore(), clear: () => Promise.resolve() }, { legacy: [old.source], ...limits })
  opened.push(bench)
  return { bench, old }
}

/** The token that was given for an old cookie. */
async function tokenFor(sessions: Sessions, cookie: string): Promise<string> {
  const result = await sessions.validateSession(cookie)
  if (!result.isValid) throw new Error(`${result.error.code} ${result.error.message}`)
  if (result.renewed === undefined) throw new Error('no token was given')
  expect(result.renewed.id).toBe(result.session.id)
  return result.renewed.token
}

const code = async (sessions: Sessions, credential: string): Promise<string> => {
  const result = await sessions.validateSession(credential)
  return result.isValid ? 'accepted' : result.error.code
}

describe('a session of an older library', () => {
  it('is taken over with everything that it tells, and its record is gone before the answer is there', async () => {
    const { bench, old } = await setUp()
    const loggedInAt = bench.clock.now() - HOUR
    const cookie = old.logIn('abc', { user: 42, loggedInAt, cart: [1, 2], roles: ['staff'], permissions: ['read'], rememberMe: true })
    const result = await bench.sessions.validateSession(cookie, CONTEXT)
    expect(result).toMatchObject({
      isValid: true,
      session: {
        userId: '42',
        data: { cart: [1, 2] },
        roles: ['staff'],
        permissions: ['read'],
        rememberMe: true,
        authTime: new Date(loggedInAt),
        createdAt: new Date(bench.clock.now()),
        absoluteExpiresAt: new Date(loggedInAt + 7 * DAY),
        context: CONTEXT,
        status: 'active',
      },
      renewed: { userId: '42', token: expect.stringMatching(/^[\w-]{82}$/) },
    })
    expect(old.records.size).toBe(0)
    const token = await tokenFor(bench.sessions, cookie)
    const after = await bench.sessions.validateSession(token, CONTEXT)
    expect(after).toMatchObject({ isValid: true, session: { userId: '42' } })
    expect(after, 'a token of ours needs no other').not.toHaveProperty('renewed')
    expect((await bench.sessions.getActiveSessions('42')).map(({ id }) => id)).toEqual([result.isValid && result.session.id])
    expect(bench.events.filter(({ type }) => type === 'session.created')).toMatchObject([{ reason: 'legacy.express-session' }])
  })

  it('gets a secret that no other session has', async () => {
    const { bench, old } = await setUp()
    const tokens = await Promise.all(['one', 'two'].map((sid) => tokenFor(bench.sessions, old.logIn(sid, { user: 'alice' }))))
    expect(new Set(tokens.map((token) => token.slice(28, 71))).size).toBe(2)
    expect(new Set(tokens.map((token) => token.slice(0, 24))).size).toBe(2)
  })

  it('is taken over once by fifty requests at once on two nodes: one session, one token', async () => {
    for (const answersLate of [false, true]) {
      const { bench, old } = await setUp()
      const other = await bench.another()
      if (answersLate) old.hold = () => turn(3)
      const cookie = old.logIn('abc', { user: 'alice' })
      const tokens = await Promise.all(Array.from({ length: 50 }, (_, place) => tokenFor(place % 2 === 0 ? bench.sessions : other, cookie)))
      expect(new Set(tokens).size).toBe(1)
      expect(await bench.sessions.getActiveSessions('alice')).toHaveLength(1)
      expect(bench.events.filter(({ type }) => type === 'session.created')).toHaveLength(1)
      expect(await isAlive(bench, tokens[0] ?? '')).toBe(true)
    }
  })

  it('answers requests that were under way with the old cookie for a while, with the same token', async () => {
    const { bench, old } = await setUp({ renewal: { gracePeriod: '5s' } })
    const cookie = old.logIn('abc', { user: 'alice' })
    const token = await tokenFor(bench.sessions, cookie)
    await valid(bench, token)
    await bench.clock.advance(29 * SECOND)
    expect(await tokenFor(bench.sessions, cookie)).toBe(token)
    await bench.clock.advance(2 * SECOND)
    expect(await code(bench.sessions, cookie)).toBe('TOKEN_INVALID')
    expect(await isAlive(bench, token), 'a late one ends nothing').toBe(true)
  })

  it('can be asked for again as long as the client has not shown that it got its token', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    const lost = await tokenFor(bench.sessions, cookie)
    await bench.clock.advance(20 * MINUTE)
    expect(await tokenFor(bench.sessions, cookie)).toBe(lost)
    await valid(bench, lost)
    await bench.clock.advance(MINUTE)
    expect(await code(bench.sessions, cookie)).toBe('TOKEN_INVALID')
  })

  it('gives no token to a caller that cannot pass one on, who goes on with the old one', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    for (let round = 0; round < 3; round++) {
      const result = await bench.sessions.validateSession(cookie, {}, { renew: false })
      expect(result).toMatchObject({ isValid: true, session: { userId: 'alice' } })
      expect(result).not.toHaveProperty('renewed')
      await bench.clock.advance(10 * MINUTE)
    }
    await valid(bench, await tokenFor(bench.sessions, cookie))
  })

  it('gives stragglers the newest token when it has been renewed meanwhile, and takes none of them for a thief', async () => {
    for (const auto of [true, false]) {
      const { bench, old } = await setUp({ ...RENEWABLE, renewal: { ...RENEWABLE.renewal, auto } })
      const cookie = old.logIn('abc', { user: 'alice' })
      const first = await tokenFor(bench.sessions, cookie)
      const second = (await bench.sessions.renewSession(first)).token
      expect(await tokenFor(bench.sessions, cookie)).toBe(second)
      const third = (await bench.sessions.renewSession(second)).token
      expect(await code(bench.sessions, cookie)).toBe('TOKEN_INVALID')
      await bench.clock.advance(HOUR)
      expect(await code(bench.sessions, cookie)).toBe('TOKEN_INVALID')
      expect(await isAlive(bench, third)).toBe(true)
    }
  })

  it('is not followed by the old cookie because it was renewed a moment ago', async () => {
    const { bench, old } = await setUp(RENEWABLE)
    const cookie = old.logIn('abc', { user: 'alice' })
    const token = await tokenFor(bench.sessions, cookie)
    await valid(bench, token)
    await bench.clock.advance(HOUR)
    await bench.sessions.renewSession(token)
    expect(await code(bench.sessions, cookie)).toBe('TOKEN_INVALID')
  })

  it('is bound to the browser that brought it', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    await bench.sessions.validateSession(cookie, CONTEXT)
    expect(await bench.sessions.validateSession(cookie, { userAgent: CHROME_WINDOWS })).toMatchObject({
      isValid: false,
      error: { code: 'CONTEXT_MISMATCH' },
    })
  })

  it('is taken over by a validation only', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    await refusal(bench.sessions.renewSession(cookie), 'TOKEN_MALFORMED')
    await refusal(bench.sessions.updateSessionContext(cookie, {}), 'TOKEN_MALFORMED')
    await refusal(bench.sessions.getSessionAnalytics(cookie), 'TOKEN_MALFORMED')
    await bench.sessions.terminateSession(cookie)
    expect(old.calls).toEqual([])
  })

  it('costs a token of ours nothing', async () => {
    const { bench, old } = await setUp()
    const { token } = await bench.sessions.createSession('alice')
    const before = bench.store.calls('get')
    await valid(bench, token)
    const single = bench.store.calls('get') - before
    const plain = await engineBench({ store: await memoryStore(), clear: () => Promise.resolve() }, {})
    opened.push(plain)
    const { token: other } = await plain.sessions.createSession('alice')
    const start = plain.store.calls('get')
    await valid(plain, other)
    expect(single).toBe(plain.store.calls('get') - start)
    await bench.sessions.terminateSession(token)
    expect(await code(bench.sessions, token)).toBe('SESSION_REVOKED')
    expect(old.calls).toEqual([])
  })

  it('is found by the source whose signature is right', async () => {
    const [one, two] = [oldLibrary('one'), oldLibrary('two')]
    const strict = { ...one.source, read: (credential: string) => (credential.startsWith('one:') ? { id: credential } : undefined) }
    const { bench } = await setUp({ legacy: [strict, two.source] })
    two.logIn('abc', { user: 'bob' })
    expect(await bench.sessions.validateSession(`s:${sign('abc', SECRET)}`)).toMatchObject({ session: { userId: 'bob' } })
    expect(one.calls).toEqual([])
  })
})

describe('what is not taken over', () => {
  it('has a wrong signature: the old store is not asked, and neither is ours', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    const calls = bench.store.calls()
    const wrong = [
      `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`,
      's:abc',
      's:abc.',
      'abc',
      `s:${sign('abc', 'another secret')}`,
      `s:${sign('abd', SECRET)}x`,
      '%',
      's%3',
    ]
    for (const credential of wrong) expect(await code(bench.sessions, credential)).toBe('TOKEN_MALFORMED')
    expect(old.calls).toEqual([])
    expect(bench.store.calls()).toBe(calls)
    expect(old.records.size).toBe(1)
  })

  it('has no record: it is refused as it would be without the older library', async () => {
    const { bench } = await setUp()
    expect(await code(bench.sessions, `s:${sign('nobody', SECRET)}`)).toBe('TOKEN_MALFORMED')
    expect((await bench.store.rows()).filter(({ id }) => id !== 'aakeyring')).toEqual([])
  })

  it('belongs to nobody who is logged in, and stays where it is', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { cart: [1] })
    expect(await code(bench.sessions, cookie)).toBe('TOKEN_MALFORMED')
    expect(old.records.size).toBe(1)
    old.records.set('abc', { user: 'alice' })
    expect(await code(bench.sessions, cookie), 'after the login').toBe('accepted')
  })

  it('has expired there', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice', cookie: { expires: new Date(bench.clock.now() + MINUTE).toISOString() } })
    await bench.clock.advance(MINUTE)
    expect(await code(bench.sessions, cookie)).toBe('SESSION_EXPIRED')
    expect(await bench.sessions.getActiveSessions('alice')).toEqual([])
  })

  it('is of a login that is older than the longest life of a session', async () => {
    const { bench, old } = await setUp()
    const ago = (time: number): number => bench.clock.now() - time
    const cookie = old.logIn('abc', { user: 'alice', loggedInAt: ago(7 * DAY) })
    expect(await code(bench.sessions, cookie)).toBe('REAUTHENTICATION_REQUIRED')
    expect(old.records.size, 'it is left to the older library').toBe(1)
    const younger = old.logIn('abd', { user: 'alice', loggedInAt: ago(7 * DAY - HOUR) })
    const result = await bench.sessions.validateSession(younger)
    expect(result).toMatchObject({ isValid: true, session: { expiresAt: new Date(bench.clock.now() + HOUR) } })
  })

  it.each([
    ['a user id that none can have', { user: 'a\u0000b' }],
    ['too much data', { user: 'alice', data: 'x'.repeat(70_000) }],
    ['a key that hurts', { user: 'alice', constructor: 1 }],
    ['roles that are none', { user: 'alice', roles: 'admin' }],
    ['a login at no time', { user: 'alice', loggedInAt: 'yesterday' }],
  ])('has a record that makes no sense here: %s', async (_, session) => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', session as never)
    old.records.set('abc', session as never)
    expect(await code(bench.sessions, cookie)).toBe('TOKEN_MALFORMED')
    expect(bench.logs.filter(({ level }) => level === 'error')).toMatchObject([{ details: { source: 'express-session' } }])
    expect(old.records.size).toBe(1)
  })
})

describe('what holds for a login', () => {
  it('holds for it: who was logged out everywhere does not come back through an older session', async () => {
    const { bench, old } = await setUp()
    const before = old.logIn('before', { user: 'alice', loggedInAt: bench.clock.now() })
    const unknown = old.logIn('unknown', { user: 'alice' })
    await bench.clock.advance(MINUTE)
    await bench.sessions.terminateAllUserSessions('alice')
    await bench.clock.advance(MINUTE)
    const after = old.logIn('after', { user: 'alice', loggedInAt: bench.clock.now() })
    expect(await code(bench.sessions, before)).toBe('REAUTHENTICATION_REQUIRED')
    expect(await code(bench.sessions, unknown), 'nobody knows when').toBe('REAUTHENTICATION_REQUIRED')
    expect(await code(bench.sessions, after)).toBe('accepted')
    // For good, and there as well.
    expect([...old.records.keys()]).toEqual([])
    for (const cookie of [before, unknown]) expect(await code(bench.sessions, cookie)).toBe('SESSION_REVOKED')
    expect(await bench.sessions.getActiveSessions('alice')).toHaveLength(1)
  })

  it('holds for it: "log out everywhere" catches one that is being taken over', async () => {
    const { bench, old } = await setUp()
    const other = await bench.another()
    for (let calls = 0; calls < 8; calls++) {
      const user = `user-${calls}`
      const cookie = old.logIn(user, { user, loggedInAt: bench.clock.now() })
      await bench.clock.advance(SECOND)
      let left = calls
      // At this call of the validation to the store everything else waits until the user is logged out.
      bench.store.holdBack(async () => {
        if (left-- !== 0) return
        bench.store.holdBack(undefined)
        await other.terminateAllUserSessions(user)
      })
      const result = await bench.sessions.validateSession(cookie)
      bench.store.holdBack(undefined)
      expect(left, 'it happened on the way').toBeLessThan(0)
      if (result.isValid) expect(await code(bench.sessions, result.renewed?.token ?? '')).toBe('SESSION_REVOKED')
      expect(await code(bench.sessions, cookie)).not.toBe('accepted')
      expect(await bench.sessions.getActiveSessions(user)).toEqual([])
    }
  })

  it('holds for it: the oldest session makes room', async () => {
    const { bench, old } = await setUp({ maxConcurrentSessions: 2 })
    const tokens: string[] = []
    for (const sid of ['one', 'two', 'three']) {
      tokens.push(await tokenFor(bench.sessions, old.logIn(sid, { user: 'alice' })))
      await bench.clock.advance(SECOND)
    }
    expect(await Promise.all(tokens.map((token) => isAlive(bench, token)))).toEqual([false, true, true])
    expect(bench.events.filter(({ type }) => type === 'session.ended')).toMatchObject([{ reason: 'limit' }])
  })

  it('holds for it: with no room it is refused and stays where it is, until there is room', async () => {
    const { bench, old } = await setUp({ maxConcurrentSessions: 1, onSessionLimit: 'reject' })
    const { token } = await bench.sessions.createSession('alice')
    const cookie = old.logIn('abc', { user: 'alice' })
    expect(await code(bench.sessions, cookie)).toBe('SESSION_LIMIT_REACHED')
    expect(await isAlive(bench, token)).toBe(true)
    expect(old.records.size).toBe(1)
    await bench.sessions.terminateSession(token)
    expect(await code(bench.sessions, cookie)).toBe('accepted')
  })

  it('holds for it: never more than the limit, however many are taken over at once', async () => {
    for (const onSessionLimit of ['evict-oldest', 'reject'] as const) {
      const { bench, old } = await setUp({ maxConcurrentSessions: 3, onSessionLimit })
      const other = await bench.another()
      const cookies = Array.from({ length: 12 }, (_, place) => old.logIn(`sid-${place}`, { user: 'alice' }))
      const results = await Promise.all(cookies.map((cookie, place) => (place % 2 === 0 ? bench.sessions : other).validateSession(cookie)))
      const tokens = results.flatMap((result) => (result.isValid ? [result.renewed?.token ?? ''] : []))
      const alive = (await Promise.all(tokens.map((token) => isAlive(bench, token)))).filter(Boolean)
      expect(alive.length).toBeLessThanOrEqual(3)
      expect(await bench.sessions.getActiveSessions('alice')).toHaveLength(alive.length)
      if (onSessionLimit === 'evict-oldest') expect(alive).toHaveLength(3)
    }
  })
})

describe('a session that has ended', () => {
  it('never comes back through its old cookie, also when the older library writes its record again', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    const token = await tokenFor(bench.sessions, cookie)
    await bench.sessions.terminateSession(token)
    for (const wait of [0, MINUTE, HOUR, DAY, 3 * DAY, 30 * DAY]) {
      await bench.clock.advance(wait)
      await bench.manager.sweep()
      expect(['SESSION_REVOKED', 'SESSION_NOT_FOUND']).toContain(await code(bench.sessions, cookie))
      // A request of the older application that was under way saves its session (express-session, connect-redis #328).
      old.logIn('abc', { user: 'alice' })
      expect(['SESSION_REVOKED', 'SESSION_NOT_FOUND']).toContain(await code(bench.sessions, cookie))
      expect(await bench.sessions.getActiveSessions('alice')).toEqual([])
    }
  })

  it('stays ended when it ended before its taking over had come to its end', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    let calls = 0
    bench.store.holdBack(async () => {
      // After the session was inserted, before the pointer to it.
      if ((await bench.store.rows()).some(({ owner }) => owner !== null) && calls++ > 0) throw new Error('stopped')
    })
    await refusal(bench.sessions.validateSession(cookie), 'STORE_UNAVAILABLE')
    bench.store.holdBack(undefined)
    const [session] = await bench.sessions.getActiveSessions('alice')
    await bench.sessions.terminateSession(session?.id ?? '')
    expect(await code(bench.sessions, cookie)).toBe('SESSION_REVOKED')
    expect(old.records.size).toBe(0)
    await bench.clock.advance(8 * DAY)
    await bench.manager.sweep()
    old.logIn('abc', { user: 'alice' })
    expect(await code(bench.sessions, cookie)).toBe('SESSION_NOT_FOUND')
  })

  it('takes the record with it that was written again', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    await bench.sessions.terminateSession(await tokenFor(bench.sessions, cookie))
    old.logIn('abc', { user: 'alice' })
    await code(bench.sessions, cookie)
    expect(old.records.size).toBe(0)
  })

  it('stays expired when it was not used', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    await tokenFor(bench.sessions, cookie)
    await bench.clock.advance(31 * MINUTE)
    old.logIn('abc', { user: 'alice' })
    expect(await code(bench.sessions, cookie)).toBe('SESSION_EXPIRED')
    await bench.manager.sweep()
    expect(await code(bench.sessions, cookie)).toBe('SESSION_NOT_FOUND')
    expect(await bench.sessions.getActiveSessions('alice')).toEqual([])
  })
})

describe('an outage', () => {
  it('of the old store is "cannot decide", never a refusal', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    old.hold = () => Promise.reject(new Error('connection refused'))
    expect(await refusal(bench.sessions.validateSession(cookie), 'STORE_UNAVAILABLE')).toMatchObject({ status: 503, retryAfter: 1 })
    old.hold = undefined
    expect(await code(bench.sessions, cookie)).toBe('accepted')
  })

  it('of the old store that shows as silence ends after five seconds', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    old.hold = () => new Promise(() => {})
    const asked = bench.sessions.validateSession(cookie).catch((error: unknown) => error)
    await turn(5)
    await bench.clock.advance(5 * SECOND)
    expect(await asked).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('of the old store while its record is to be removed loses nothing: the next request goes on', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    old.hold = (call) => (call.startsWith('destroy') ? Promise.reject(new Error('connection reset')) : Promise.resolve())
    await refusal(bench.sessions.validateSession(cookie), 'STORE_UNAVAILABLE')
    await refusal(bench.sessions.validateSession(cookie), 'STORE_UNAVAILABLE')
    expect(old.records.size).toBe(1)
    await bench.clock.advance(10 * MINUTE)
    old.hold = undefined
    const token = await tokenFor(bench.sessions, cookie)
    expect(old.records.size).toBe(0)
    expect(await isAlive(bench, token)).toBe(true)
    expect(await bench.sessions.getActiveSessions('alice')).toHaveLength(1)
  })

  it('of our store at any of its calls loses nothing and makes no second session', async () => {
    for (const answerLost of [false, true]) {
      for (let call = 0; call < 8; call++) {
        const { bench, old } = await setUp()
        const cookie = old.logIn('abc', { user: 'alice' })
        let left = call
        bench.store.holdBack(async () => {
          if (left-- === 0) bench.store.fail({ times: 1, answerLost })
        })
        const first = await bench.sessions.validateSession(cookie).catch((error: unknown) => error)
        bench.store.holdBack(undefined)
        bench.store.mend()
        if (first instanceof Error) expect(first).toMatchObject({ code: 'STORE_UNAVAILABLE' })
        const token = await tokenFor(bench.sessions, cookie)
        expect(await isAlive(bench, token)).toBe(true)
        expect(await bench.sessions.getActiveSessions('alice')).toHaveLength(1)
        expect(old.records.size).toBe(0)
      }
    }
  })

  it('of a record that cannot be read is one as well: nobody is called logged out for it', async () => {
    const { bench, old } = await setUp()
    const source = { ...old.source, load: () => Promise.reject(new SyntaxError('Unexpected token')) }
    const { bench: broken } = await setUp({ legacy: [source] })
    const cookie = old.logIn('abc', { user: 'alice' })
    await refusal(broken.sessions.validateSession(cookie), 'STORE_UNAVAILABLE')
    expect(await code(bench.sessions, cookie)).toBe('accepted')
  })
})

describe('a node that stops while it takes a session over', () => {
  /** Starts a validation on a node that stops before its so-manieth call to either store. */
  async function stoppedAt(
    call: number,
    limits: BenchLimits = {},
  ): Promise<{
    bench: Bench
    old: OldLibrary
    cookie: string
    other: SessionManager
    wake: () => void
    done: Promise<unknown>
    stopped: boolean
  }> {
    const { bench, old } = await setUp(limits)
    const other = await bench.another()
    const cookie = old.logIn('abc', { user: 'alice' })
    let left = call
    let wake = (): void => {}
    let stopped = false
    const sleep = new Promise<void>((resolve) => {
      wake = resolve
    })
    const gate = async (): Promise<void> => {
      if (left-- !== 0) return
      stopped = true
      await sleep
    }
    bench.store.holdBack(gate)
    old.hold = gate
    const done = bench.sessions.validateSession(cookie).catch((error: unknown) => error)
    await turn(50)
    bench.store.holdBack(undefined)
    old.hold = undefined
    return { bench, old, cookie, other, wake, done, stopped }
  }

  it('is overtaken by the next request, wherever it stopped, and gives the same token when it wakes up', async () => {
    let stops = 0
    for (let call = 0; call < 20; call++) {
      const { bench, cookie, other, wake, done, stopped } = await stoppedAt(call)
      if (stopped) stops++
      const token = await tokenFor(other, cookie)
      wake()
      expect(await done).toMatchObject({ isValid: true, renewed: { token } })
      expect(await other.getActiveSessions('alice')).toHaveLength(1)
      expect(await isAlive(bench, token)).toBe(true)
    }
    expect(stops).toBeGreaterThan(8)
  })

  it('brings back nothing that has ended while it slept', async () => {
    for (let call = 0; call < 20; call++) {
      const { bench, cookie, old, other, wake, done } = await stoppedAt(call)
      const token = await tokenFor(other, cookie)
      await other.terminateSession(token)
      wake()
      await done
      expect(await code(bench.sessions, token)).toBe('SESSION_REVOKED')
      expect(await code(bench.sessions, cookie)).toBe('SESSION_REVOKED')
      expect(await other.getActiveSessions('alice')).toEqual([])
      expect(old.records.size).toBe(0)
    }
  })

  it('brings back nothing that has expired and was swept while it slept', async () => {
    for (let call = 0; call < 20; call++) {
      const { bench, cookie, other, wake, done } = await stoppedAt(call, { idleTimeout: '2s' })
      await tokenFor(other, cookie)
      // Not so long that the old store's answer would be late.
      await bench.clock.advance(3 * SECOND)
      await other.sweep()
      wake()
      await done
      expect(await code(bench.sessions, cookie)).not.toBe('accepted')
      expect(await other.getActiveSessions('alice')).toEqual([])
    }
  })

  it('shows nobody what it has inserted too late, also before it notices', async () => {
    const { bench, old } = await setUp({ idleTimeout: '2s' })
    const other = await bench.another()
    const cookie = old.logIn('abc', { user: 'alice' })
    let answer = (): void => {}
    old.hold = (call) => (call.startsWith('get') ? new Promise((resolve) => (answer = resolve)) : Promise.resolve())
    const late = bench.sessions.validateSession(cookie)
    await turn(20)
    old.hold = undefined
    await tokenFor(other, cookie)
    await bench.clock.advance(3 * SECOND)
    await other.sweep()
    let hasStopped = false
    let goOn = (): void => {}
    const stop = new Promise<void>((resolve) => {
      goOn = resolve
    })
    bench.store.holdBack(async () => {
      if (hasStopped || (await bench.store.rows()).every(({ owner }) => owner === null)) return
      hasStopped = true
      await stop
    })
    answer()
    await turn(20)
    expect(hasStopped, 'its session stands').toBe(true)
    expect(await code(other, cookie)).toBe('SESSION_NOT_FOUND')
    goOn()
    expect(await late).toMatchObject({ isValid: false, error: { code: 'SESSION_NOT_FOUND' } })
    expect(await other.getActiveSessions('alice')).toEqual([])
  })
})

describe('what is stored', () => {
  it('tells nobody the old session id, and is no session to anybody who looks', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('a-very-long-old-session-id', { user: 'alice' })
    const token = await tokenFor(bench.sessions, cookie)
    const dump = (await bench.dump()).join('\n') + JSON.stringify([bench.logs, bench.events])
    for (const secret of ['a-very-long-old-session-id', cookie, token, SECRET]) expect(dump).not.toContain(secret)
    const rows = (await bench.store.rows()).filter(({ id }) => id !== 'aakeyring')
    expect(rows).toHaveLength(2)
    const pointer = rows.find(({ owner }) => owner === null)
    expect(await bench.manager.getSession(`sid_${pointer?.id}`)).toBeUndefined()
    await refusal(bench.sessions.updateSessionContext(`sid_${pointer?.id}`, {}), 'SESSION_NOT_FOUND')
    await bench.sessions.terminateSession(`sid_${pointer?.id}`)
    expect((await bench.manager.searchSessions({ status: 'all' })).sessions).toHaveLength(1)
    expect(await tokenFor(bench.sessions, cookie), 'and nobody can end the pointer').toBe(token)
  })

  it('is sealed again under a new key like everything else, and is gone some time after the session', async () => {
    const { bench, old } = await setUp()
    const cookie = old.logIn('abc', { user: 'alice' })
    const token = await tokenFor(bench.sessions, cookie)
    await bench.manager.rotateKeys()
    await bench.clock.advance(10 * MINUTE)
    // The pointer; the session itself was when its use was written down.
    expect((await bench.manager.resealRecords()).resealed).toBe(1)
    await bench.sessions.terminateSession(token)
    expect(await code(bench.sessions, cookie)).toBe('SESSION_REVOKED')
    await bench.clock.advance(38 * DAY)
    expect((await bench.manager.sweep()).forgotten).toBe(2)
  })
})

describe('the option legacy', () => {
  it.each([
    ['legacy', {}],
    ['legacy', Array.from({ length: 17 }, (_, place) => oldLibrary(`source-${place}`).source)],
    ['legacy.0', [null]],
    ['legacy.0', [{ ...oldLibrary().source, load: undefined }]],
    ['legacy.0.name', [oldLibrary('Two Words').source]],
    ['legacy.0.name', [oldLibrary('').source]],
    ['legacy.1.name', [oldLibrary().source, oldLibrary().source]],
  ])('is refused at %s when it cannot be meant', async (path, legacy) => {
    await expect(setUp({ legacy: legacy as never })).rejects.toMatchObject({ code: 'CONFIG_INVALID', path })
  })
})
