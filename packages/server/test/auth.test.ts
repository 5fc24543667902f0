import { describe, expect, it } from 'vitest'
import { setCookies } from './support/cookie.js'
import { bodyOf, problemOf, testService } from './support/service.js'

const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' }
const HOUR = 3_600_000
const cookieOf = (token: string): string => `__Host-id=${token}`

describe('the calls of users', () => {
  it('tells the session of a cookie and of a bearer token, without the token [CKE-8 ATK-106]', async () => {
    const { send, create } = await testService()
    const { token, id } = await create()
    for (const sent of [{ cookie: cookieOf(token) }, { key: token }]) {
      const answer = await send('GET', '/api/v1/auth/session', sent)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('vary')).toBe('Cookie, Authorization')
      expect(await answer.text()).not.toContain(token)
    }
    expect(await (await send('GET', '/api/v1/auth/session', { key: token })).json()).toMatchObject({ id, userId: 'alice' })
  })

  it('answers 401 without credentials and names no error then [OAU-3]', async () => {
    const { send } = await testService()
    for (const headers of [{}, { authorization: 'Basic YTpi' }, { authorization: 'Bearer' }, { authorization: 'Bearer ' }]) {
      const answer = await send('GET', '/api/v1/auth/session', { headers })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="session"')
      expect(answer.headers.get('vary')).toBe('Cookie, Authorization')
      expect(await problemOf(answer)).toMatchObject({ code: 'TOKEN_MALFORMED' })
    }
    const wrong = await send('GET', '/api/v1/auth/session', { key: 'wrong' })
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer realm="session", error="invalid_token"')
  })

  it('makes a new token for a cookie when it is time, and none for a bearer caller, who could not be given it', async () => {
    const { send, create, clock, sessions } = await testService({}, { idleTimeout: '8h' })
    const { token, id } = await create()
    await clock.advance(7.5 * 3_600_000)
    expect((await send('GET', '/api/v1/auth/session', { key: token })).status).toBe(200)
    expect((await send('GET', '/api/v1/auth/sessions', { key: token })).status).toBe(200)
    expect(await sessions.getSession(id)).toMatchObject({ renewals: 0 })
    const answer = await send('GET', '/api/v1/auth/session', { cookie: cookieOf(token) })
    expect(setCookies(answer)).toHaveLength(1)
    expect(await sessions.getSession(id)).toMatchObject({ renewals: 1 })
  })

  it('lists the sessions of the same user in the same tenant and marks the one that asks [ADM-3 ATK-112]', async () => {
    const { send, create } = await testService()
    const mine = await create('alice', { tenant: 'acme' })
    const other = await create('alice', { tenant: 'acme' })
    await create('alice', { tenant: 'globex' })
    await create('bob', { tenant: 'acme' })
    const { sessions } = await bodyOf<{ sessions: Array<{ id: string; current: boolean }> }>(
      await send('GET', '/api/v1/auth/sessions', { key: mine.token }),
    )
    // Both began at the same instant of the clock that stands here, so either may come first.
    expect(new Map(sessions.map((one) => [one.id, one.current]))).toEqual(
      new Map([
        [mine.id, true],
        [other.id, false],
      ]),
    )
  })

  it('refuses two credentials in one request, and the cookie twice with different values [TOK-8 OAU-3]', async () => {
    const { send, create } = await testService()
    const { token } = await create()
    const { token: second } = await create()
    for (const sent of [
      { cookie: cookieOf(token), key: token },
      { cookie: cookieOf(token), key: second },
      { cookie: `${cookieOf(token)}; ${cookieOf(second)}` },
      { cookie: `${cookieOf('')}; ${cookieOf(token)}` },
    ]) {
      const answer = await send('GET', '/api/v1/auth/session', sent)
      expect(answer.status).toBe(400)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="session", error="invalid_request"')
    }
    expect((await send('GET', '/api/v1/auth/session', { cookie: `${cookieOf(token)}; ${cookieOf(token)}` })).status).toBe(200)
    expect((await send('GET', '/api/v1/auth/session', { key: `${token}, Bearer ${second}` })).status).toBe(401)
  })

  it('refuses a token in the address, also beside one that would do [TOK-6 OAU-3 ATK-116]', async () => {
    const { send, create } = await testService()
    const { token } = await create()
    for (const name of ['token', 'access_token', 'session', 'sid', '__Host-id', 'session_token']) {
      for (const sent of [{}, { key: token }]) {
        const answer = await send('GET', `/api/v1/auth/session?${name}=${token}`, sent)
        expect(answer.status).toBe(400)
        expect(await problemOf(answer)).toMatchObject({ code: 'INVALID_ARGUMENT', path: name })
      }
    }
  })

  it('knows its cookie by its exact bytes only [CKE-9 ATK-060]', async () => {
    const { send, create } = await testService()
    const { token } = await create()
    const near = ['__%48ost-id', '__host-id', '__Host-Id', '%5F_Host-id', 'id', 'x__Host-id', '$__Host-id']
    for (const name of near) expect((await send('GET', '/api/v1/auth/session', { cookie: `${name}=${token}` })).status, name).toBe(401)
    for (const value of [`"${token}"`, `${token}%20`, `%${token.charCodeAt(0).toString(16)}${token.slice(1)}`]) {
      expect((await send('GET', '/api/v1/auth/session', { cookie: `__Host-id=${value}` })).status).toBe(401)
    }
    for (const cookie of [
      `a=b; __Host-id=${token}; c`,
      `__Host-id=${token};a=`,
      `$Version=1; __Host-id=${token}`,
      `x="; __Host-id=${token}; y="`,
    ]) {
      expect((await send('GET', '/api/v1/auth/session', { cookie })).status, cookie).toBe(200)
    }
  })

  it('gives a renewed token to a cookie caller as a cookie and to a bearer caller in the body [CKE-10 TOK-12 CKE-2 CKE-3 CKE-4]', async () => {
    const { send, create, clock } = await testService({}, { idleTimeout: '10h', renewal: { auto: false } })
    const one = await create()
    const two = await create()
    await clock.advance(7.5 * HOUR)
    const bearer = await send('POST', '/api/v1/auth/sessions/refresh', { key: one.token })
    expect(bearer.status).toBe(200)
    expect(setCookies(bearer)).toEqual([])
    expect(await bearer.json()).toMatchObject({ id: one.id, token: expect.any(String), renewals: 1 })
    const browser = await send('POST', '/api/v1/auth/sessions/refresh', { cookie: cookieOf(two.token), headers: SAME_ORIGIN })
    expect(browser.status).toBe(200)
    const [cookie] = setCookies(browser)
    expect(cookie?.name).toBe('__Host-id')
    expect(Object.fromEntries(cookie?.attributes ?? [])).toEqual({ path: '/', httponly: '', secure: '', samesite: 'Lax' })
    expect(await browser.json()).not.toHaveProperty('token')
    expect((await send('GET', '/api/v1/auth/session', { cookie: cookieOf(cookie?.value ?? '') })).status).toBe(200)
  })

  it('renews by itself on the way and sets the cookie then', async () => {
    const { send, create, clock } = await testService({}, { idleTimeout: '10h' })
    const { token } = await create()
    expect(setCookies(await send('GET', '/api/v1/auth/session', { cookie: cookieOf(token) }))).toEqual([])
    await clock.advance(7.5 * HOUR)
    const answer = await send('GET', '/api/v1/auth/session', { cookie: cookieOf(token) })
    expect(setCookies(answer)).toHaveLength(1)
    expect(setCookies(answer)[0]?.value).not.toBe(token)
    expect(await answer.json()).not.toHaveProperty('token')
  })

  it('keeps a remembered cookie as long as the session and no longer than 400 days [CKE-6]', async () => {
    const { send, create, clock } = await testService(
      {},
      { absoluteTimeout: '1000d', rememberMe: { lifetime: '500d', idleTimeout: '500d' }, renewal: { threshold: '8h' } },
    )
    const { token } = await create('alice', { rememberMe: true })
    await clock.advance(500 * 24 * HOUR - 1_000)
    const [cookie] = setCookies(await send('POST', '/api/v1/auth/sessions/refresh', { cookie: cookieOf(token), headers: SAME_ORIGIN }))
    expect(cookie?.attributes.get('max-age')).toBe(String(400 * 86_400))
    expect(cookie?.attributes.has('domain')).toBe(false)
  })

  it('logs out, clears the cookie with the attributes it was set with, and does not mind a session that has ended [TRM-11 TRM-12]', async () => {
    const { send, create } = await testService()
    const { token } = await create()
    for (let times = 0; times < 2; times++) {
      const answer = await send('POST', '/api/v1/auth/logout', { cookie: cookieOf(token), headers: SAME_ORIGIN })
      expect([202, 204]).toContain(answer.status)
      const [cookie] = setCookies(answer)
      expect(cookie?.value).toBe('')
      expect(Object.fromEntries(cookie?.attributes ?? [])).toEqual({
        path: '/',
        httponly: '',
        secure: '',
        samesite: 'Lax',
        'max-age': '0',
        expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
      })
    }
    const after = await send('GET', '/api/v1/auth/session', { key: token })
    expect(await problemOf(after)).toMatchObject({ code: 'SESSION_REVOKED', reason: 'revoked' })
    expect((await send('POST', '/api/v1/auth/logout', { key: 'never-a-token' })).status).toBe(401)
  })

  it('takes a cookie back only once it can never be good again', async () => {
    const { send, create, clock } = await testService({}, { idleTimeout: '10h', renewal: { auto: false, gracePeriod: '5m' } })
    const { token } = await create()
    const refused = await send('GET', '/api/v1/auth/session', { cookie: cookieOf('nonsense') })
    expect(refused.status).toBe(401)
    expect(setCookies(refused)[0]?.value).toBe('')
    await clock.advance(8 * HOUR)
    const renewable = await send('GET', '/api/v1/auth/session', { cookie: cookieOf(token) })
    expect(await problemOf(renewable)).toMatchObject({ code: 'SESSION_EXPIRED', renewable: true })
    expect(setCookies(renewable)).toEqual([])
    await clock.advance(5 * 60_000)
    const over = await send('GET', '/api/v1/auth/session', { cookie: cookieOf(token) })
    expect(await problemOf(over)).toMatchObject({ code: 'SESSION_EXPIRED', renewable: false })
    expect(setCookies(over)[0]?.value).toBe('')
  })

  it('leaves the losers of a race of renewals their cookie', async () => {
    const { send, create, clock } = await testService({}, { idleTimeout: '10h' })
    const { token } = await create()
    await clock.advance(7.5 * HOUR)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send('POST', '/api/v1/auth/sessions/refresh', { cookie: cookieOf(token), headers: SAME_ORIGIN })),
    )
    const values = new Set(answers.flatMap(setCookies).map(({ value }) => value))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(values.size).toBe(1)
    expect(values.has('')).toBe(false)
  })

  it("ends one, all other or all sessions of the user, and no other user's [ADM-3 ATK-112]", async () => {
    const { send, create, sessions } = await testService()
    const mine = await create()
    const other = await create()
    await create()
    const foreign = await create('bob')
    const tenant = await create('alice', { tenant: 'acme' })
    const revoke = (json: unknown): Promise<Response> => send('POST', '/api/v1/auth/sessions/revoke', { key: mine.token, json })
    const one = await revoke({ sessionId: other.id })
    expect([202, 204]).toContain(one.status)
    expect(one.headers.get('sojourn-level')).not.toBeNull()
    const bodies = []
    for (const id of [foreign.id, tenant.id, `${foreign.id.slice(0, -1)}-`]) {
      const answer = await revoke({ sessionId: id })
      expect(answer.status).toBe(404)
      bodies.push(await problemOf(answer))
    }
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
    expect(bodies[0]?.code).toBe('SESSION_NOT_FOUND')
    const others = await revoke({ scope: 'others' })
    expect(others.status).toBe(200)
    expect(await others.json()).toEqual({ terminated: 1 })
    expect((await sessions.getActiveSessions('alice')).map(({ id }) => id).sort()).toEqual([mine.id, tenant.id].sort())
    await sessions.terminateSession(tenant.id)
    const all = await send('POST', '/api/v1/auth/sessions/revoke', {
      cookie: cookieOf(mine.token),
      headers: SAME_ORIGIN,
      json: { scope: 'global' },
    })
    expect(await all.json()).toEqual({ terminated: 1 })
    expect(setCookies(all)[0]?.value).toBe('')
    expect(await sessions.getActiveSessions('alice')).toEqual([])
    expect((await sessions.getSession(foreign.id))?.status).toBe('active')
  })

  it('wants either a session or a scope', async () => {
    const { send, create } = await testService()
    const { token, id } = await create()
    for (const json of [{}, { sessionId: id, scope: 'global' }]) {
      expect(await problemOf(await send('POST', '/api/v1/auth/sessions/revoke', { key: token, json }))).toMatchObject({
        status: 400,
        path: 'sessionId',
      })
    }
    expect(await problemOf(await send('POST', '/api/v1/auth/sessions/revoke', { key: token, json: { scope: 'all' } }))).toMatchObject({
      status: 400,
      path: 'scope',
    })
  })

  it('loses the prefix of the cookie together with Secure, for development [CKE-1]', async () => {
    const { send, create, clock } = await testService(
      { cookie: { name: 'sid', secure: false, sameSite: 'Strict' } },
      { idleTimeout: '10h' },
    )
    const { token } = await create()
    await clock.advance(7.5 * HOUR)
    const [cookie] = setCookies(await send('GET', '/api/v1/auth/session', { cookie: `sid=${token}` }))
    expect(cookie?.name).toBe('sid')
    expect(Object.fromEntries(cookie?.attributes ?? [])).toEqual({ path: '/', httponly: '', samesite: 'Strict' })
  })
})
