import { createSessionManager, type SessionManagerOptions } from 'sojourn'
import { describe, expect, it } from 'vitest'
import { type BoundApp, boundApp, COOKIE } from '../support/bound-app.js'
import { type SimulatedBrowser, simulatedBrowser } from '../support/simulated-browser.js'

const MINUTE = 60_000
const BOUND = '__Host-id-bound'

interface LoggedIn extends BoundApp {
  readonly browser: SimulatedBrowser
  /** The long cookie. */
  readonly token: string
  readonly sessionId: string
}

async function loggedIn(options: SessionManagerOptions = {}): Promise<LoggedIn> {
  const app = await boundApp(options)
  const browser = simulatedBrowser(app.serve, app.clock)
  await browser.visit('POST', '/login')
  const token = browser.cookies.get(COOKIE)?.value ?? ''
  const [session] = await app.manager.getActiveSessions('alice')
  return { ...app, browser, token, sessionId: session?.id ?? '' }
}

describe('a browser that can bind its session', () => {
  it('does so right after the login [DBS-1 DBS-2 DBS-5]', async () => {
    const { browser, manager, sessionId, events } = await loggedIn()
    expect(browser.ownRequests).toEqual([{ path: '/auth/dbsc/register', status: 200 }])
    expect(browser.bound.size).toBe(1)
    expect(browser.cookies.has(BOUND)).toBe(true)
    expect((await manager.getSession(sessionId))?.deviceBoundSince).toBeInstanceOf(Date)
    expect(events.filter(({ type }) => type === 'session.bound')).toMatchObject([{ sessionId }])
    expect(manager.metricsText()).toContain('sojourn_device_bindings_total{result="bound"} 1')
  })

  it('is told attributes that are those of the cookie, byte by byte, and no challenge [DBS-5 DBS-8]', async () => {
    const app = await boundApp()
    const answers: Headers[] = []
    let instructions: Record<string, unknown> = {}
    const browser = simulatedBrowser(async (request) => {
      const answer = await app.serve(request)
      if (request.path.endsWith('/register')) {
        answers.push(answer.headers)
        instructions = JSON.parse(answer.body)
      }
      return answer
    }, app.clock)
    await browser.visit('POST', '/login')
    const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax'
    expect(instructions).toEqual({
      session_identifier: expect.stringMatching(/^[\w-]{46}$/),
      refresh_url: '/auth/dbsc/refresh',
      scope: { include_site: false, scope_specification: [] },
      credentials: [{ type: 'cookie', name: BOUND, attributes }],
    })
    const [line = ''] = answers[0]?.getSetCookie() ?? []
    expect(line.replace(/^[^;]*; Max-Age=600; /, '')).toBe(attributes)
    expect(answers[0]?.has('secure-session-challenge')).toBe(false)
    expect(answers[0]?.get('cache-control')).toBe('no-store')
  })

  it('gets its next cookie by itself when one is over: a challenge, then a proof [DBS-6 DBS-8]', async () => {
    const { browser, clock } = await loggedIn()
    const seen = new Set([browser.cookies.get(BOUND)?.value])
    const challenges = new Set<string | undefined>()
    for (let i = 0; i < 12; i++) {
      await clock.advance(10 * MINUTE)
      expect((await browser.visit('GET', '/page')).status).toBe(200)
      seen.add(browser.cookies.get(BOUND)?.value)
      challenges.add([...browser.bound.values()][0]?.challenge)
    }
    expect(seen.size).toBe(13)
    expect(challenges.size).toBe(12)
    // The first refresh had to be asked for; from then on the challenge came with the cookie before.
    expect(browser.ownRequests.map(({ status }) => status)).toEqual([200, 403, ...Array.from({ length: 12 }, () => 200)])
  })

  it('is asked again for a proof over a challenge that ran out [DBS-8 DBS-9]', async () => {
    const { browser, clock } = await loggedIn({ idleTimeout: '8h' })
    await clock.advance(10 * MINUTE)
    await browser.visit('GET', '/page')
    await clock.advance(60 * MINUTE)
    expect((await browser.visit('GET', '/page')).status).toBe(200)
    expect(browser.ownRequests.map(({ status }) => status)).toEqual([200, 403, 200, 403, 200])
  })

  it('keeps its binding when the token is renewed [DBS-11]', async () => {
    const { browser, clock, manager, token } = await loggedIn({ idleTimeout: '8h' })
    await clock.advance(7.5 * 60 * MINUTE)
    await expect(manager.renewSession(token)).rejects.toMatchObject({ code: 'CONTEXT_MISMATCH', reason: 'proof.device' })
    await browser.visit('GET', '/page')
    const boundCookie = browser.cookies.get(BOUND)?.value ?? ''
    const renewed = await manager.renewSession(token, {}, { boundCookie })
    expect(await manager.validateSession(renewed.token)).toMatchObject({ isValid: false, error: { reason: 'proof.device' } })
    expect(await manager.validateSession(renewed.token, {}, { boundCookie })).toMatchObject({ isValid: true })
  })

  it('forgets a session that was logged out, and its key is gone from the store [DBS-16]', async () => {
    const { browser, clock, manager, store } = await loggedIn()
    const before = (await store.rows()).length
    await clock.advance(10 * MINUTE)
    await manager.terminateAllUserSessions('alice')
    // The session's row stays to tell the reason, the not-before was added, the key went.
    expect((await store.rows()).length).toBe(before)
    expect((await browser.visit('GET', '/page')).status).toBe(401)
    expect(browser.ownRequests.at(-1)).toEqual({ path: '/auth/dbsc/refresh', status: 200 })
    expect(browser.bound.size).toBe(0)
    expect(browser.cookies.has(BOUND)).toBe(false)
  })

  it('does not get a cookie for the login before the one that its own cookie is of', async () => {
    const { browser, clock, manager } = await loggedIn()
    await browser.visit('POST', '/login')
    expect(browser.bound.size).toBe(2)
    await clock.advance(10 * MINUTE)
    expect((await browser.visit('GET', '/page')).status).toBe(200)
    expect(browser.bound.size).toBe(1)
    expect(await manager.getActiveSessions('alice')).toHaveLength(2)
  })

  it('may be told an authorization, which comes back with its proof [DBS-1 DBS-2]', async () => {
    const app = await boundApp()
    const browser = simulatedBrowser(app.serve, app.clock)
    const session = await app.manager.createSession('alice')
    const { name, value } = app.deviceBound.registration(session, { authorization: 'code "1"' })
    await browser.receive(new Headers({ 'Set-Cookie': `${COOKIE}=${session.token}; Path=/`, [name]: value }))
    expect(browser.ownRequests).toEqual([{ path: '/auth/dbsc/register', status: 200 }])
  })
})

describe('a browser that cannot', () => {
  it('goes on as before, unbound [DBS-15]', async () => {
    const { manager, clock } = await boundApp()
    const { token } = await manager.createSession('alice')
    await clock.advance(20 * MINUTE)
    const result = await manager.validateSession(token)
    expect(result).toMatchObject({ isValid: true })
    expect(result.isValid && result.session).not.toHaveProperty('deviceBoundSince')
  })
})

describe('a registration', () => {
  it('that races fifty writes to its session is not lost [DBS-10 ATK-131]', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const app = await boundApp()
      const browser = simulatedBrowser(app.serve, app.clock)
      const session = await app.manager.createSession('alice', {}, { permissions: ['a'] })
      const { name, value } = app.deviceBound.registration(session)
      const writes = Array.from({ length: 50 }, (_, i) =>
        i % 2 === 0
          ? app.manager.updateSessionContext(session.id, { deviceId: `device-${i}` })
          : app.manager.setSessionPermissions(session.id, ['a', `p${i}`]),
      )
      const registering = browser.receive(new Headers({ 'Set-Cookie': `${COOKIE}=${session.token}; Path=/`, [name]: value }))
      await Promise.all([...writes, registering])
      expect((await app.manager.getSession(session.id))?.deviceBoundSince, `round ${seed}`).toBeInstanceOf(Date)
      await app.clock.advance(MINUTE)
      expect(await app.manager.validateSession(session.token)).toMatchObject({ isValid: false, error: { reason: 'proof.device' } })
      expect((await browser.visit('GET', '/page')).status).toBe(200)
    }
  })

  it('leaves the requests that are under way their time, and no more [DBS-11]', async () => {
    const { manager, clock, token } = await loggedIn()
    await clock.advance(29_999)
    expect(await manager.validateSession(token)).toMatchObject({ isValid: true })
    await clock.advance(1)
    expect(await manager.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'CONTEXT_MISMATCH', status: 401 } })
  })
})

describe('an outage of the store', () => {
  it('at a refresh is 503, and the binding works when it is over [DBS-7 ATK-133]', async () => {
    const { browser, clock, store } = await loggedIn()
    await clock.advance(10 * MINUTE)
    for (const verbs of [['get'], ['replace']] as const) {
      store.fail({ verbs })
      await browser.visit('GET', '/page').catch(() => undefined)
      expect(browser.ownRequests.at(-1)).toEqual({ path: '/auth/dbsc/refresh', status: 503 })
      expect(browser.bound.size).toBe(1)
      store.mend()
    }
    expect((await browser.visit('GET', '/page')).status).toBe(200)
  })

  it('at a registration is 503, and the session can be bound later [DBS-7]', async () => {
    const { serve, clock, store, deviceBound, manager } = await boundApp()
    const browser = simulatedBrowser(serve, clock)
    const session = await manager.createSession('alice')
    const cookie = `${COOKIE}=${session.token}; Path=/`
    store.fail({ verbs: ['insert'] })
    const first = deviceBound.registration(session)
    await browser.receive(new Headers({ 'Set-Cookie': cookie, [first.name]: first.value }))
    expect(browser.ownRequests.at(-1)?.status).toBe(503)
    store.mend()
    const second = deviceBound.registration(session)
    await browser.receive(new Headers({ [second.name]: second.value }))
    expect(browser.ownRequests.at(-1)?.status).toBe(200)
    expect(browser.bound.size).toBe(1)
  })

  it('that loses the answer to a proof costs one more proof and nothing else [DBS-9]', async () => {
    const app = await boundApp()
    let lost = 0
    const browser = simulatedBrowser(async (request) => {
      const answer = await app.serve(request)
      if (lost === 0 && request.headers['secure-session-response'] !== undefined && request.path.endsWith('/refresh')) {
        lost++
        return { status: 502, headers: new Headers(), body: '' }
      }
      return answer
    }, app.clock)
    await browser.visit('POST', '/login')
    await app.clock.advance(10 * MINUTE)
    expect((await browser.visit('GET', '/page')).status).toBe(401)
    expect((await browser.visit('GET', '/page')).status).toBe(200)
    expect(browser.ownRequests.map(({ status }) => status)).toEqual([200, 403, 502, 403, 200])
  })
})

describe('the options', () => {
  it.each([
    [{ enabled: 'yes' }, 'deviceBound.enabled'],
    [{ cookieMaxAge: '10m', challengeTtl: '10m' }, 'deviceBound.challengeTtl'],
    [{ cookieMaxAge: '1s' }, 'deviceBound.cookieMaxAge'],
    [{ cookieName: 'a b' }, 'deviceBound.cookieName'],
    [{ path: 'auth' }, 'deviceBound.path'],
    [{ path: '/auth/' }, 'deviceBound.path'],
    [{ algorithms: ['none'] }, 'deviceBound.algorithms'],
    [{ algorithms: [] }, 'deviceBound.algorithms'],
    [{ allowUnbound: true }, 'deviceBound.allowUnbound'],
  ])('refuse %j at the start [DBS-3 DBS-8]', async (deviceBound, path) => {
    await expect(createSessionManager({ deviceBound: deviceBound as never })).rejects.toMatchObject({ code: 'CONFIG_INVALID', path })
  })

  it('are off unless somebody turns them on', async () => {
    expect(await createSessionManager()).not.toHaveProperty('deviceBound')
  })
})
