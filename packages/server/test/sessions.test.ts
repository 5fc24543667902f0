import type { IssuedSession, Session } from 'sojourn'
import { describe, expect, it } from 'vitest'
import { ADMIN_KEY, bodyOf, problemOf, SERVICE_KEY, testService } from './support/service.js'

const key = SERVICE_KEY

interface Listing {
  readonly sessions: readonly Session[]
  readonly next?: string
}

describe('the calls of services', () => {
  it('creates a session and tells its token once', async () => {
    const { send } = await testService()
    const answer = await send('POST', '/api/v1/sessions', {
      key,
      json: {
        userId: 'alice',
        context: { ipAddress: '203.0.113.7', userAgent: 'curl/8.5.0', deviceId: 'd1', location: { country: 'DE', latitude: 52.5 } },
        options: {
          roles: ['member'],
          permissions: ['read'],
          data: { theme: 'dark' },
          tenant: 'acme',
          authTime: '2026-01-01T00:00:00+00:00',
          amr: ['pwd'],
          acr: 'loa2',
        },
      },
    })
    expect(answer.status).toBe(201)
    const session = await bodyOf<IssuedSession>(answer)
    expect(session).toMatchObject({
      userId: 'alice',
      roles: ['member'],
      permissions: ['read'],
      tenant: 'acme',
      data: { theme: 'dark' },
      renewals: 0,
      rememberMe: false,
      status: 'active',
      authTime: '2026-01-01T00:00:00.000Z',
      amr: ['pwd'],
      acr: 'loa2',
      context: { ipAddress: '203.0.113.7', userAgent: 'curl/8.5.0', deviceId: 'd1', location: { country: 'DE', latitude: 52.5 } },
    })
    expect(session.id).toMatch(/^sid_/)
    expect(session.token).toMatch(/^[A-Za-z0-9_-]{82}$/)
    expect(session).not.toHaveProperty('elevatedUntil')
    const list = await bodyOf<Listing>(await send('GET', '/api/v1/users/alice/sessions', { key }))
    expect(list.sessions).toHaveLength(1)
    expect(list.sessions[0]).not.toHaveProperty('token')
  })

  it('validates a token, and answers 200 with the refusal for one that opens nothing', async () => {
    const { send, create } = await testService()
    const { token, id } = await create()
    const good = await send('POST', '/api/v1/sessions/validate', { key, json: { token, context: {}, options: { activity: false } } })
    expect(good.status).toBe(200)
    expect(await good.json()).toMatchObject({ isValid: true, session: { id, userId: 'alice' } })
    const bad = await send('POST', '/api/v1/sessions/validate', { key, json: { token: 'x' } })
    expect(bad.status).toBe(200)
    expect(await bad.json()).toEqual({ isValid: false, error: { code: 'TOKEN_MALFORMED', status: 401, message: expect.any(String) } })
  })

  it('hands out the token that a validation renewed by itself', async () => {
    const { send, create, clock } = await testService({}, { sessionLifetime: '8h', idleTimeout: '10h', renewal: { threshold: '1h' } })
    const { token, id } = await create()
    await clock.advance(7.5 * 3_600_000)
    const answer = await bodyOf<{ session: Session; renewed: IssuedSession }>(
      await send('POST', '/api/v1/sessions/validate', { key, json: { token } }),
    )
    expect(answer).toMatchObject({ isValid: true, session: { id }, renewed: { id, renewals: 1 } })
    expect(answer.session).not.toHaveProperty('token')
    expect(answer.renewed.token).not.toBe(token)
  })

  it('renews with a new token, and says how long to wait when it is too early', async () => {
    const { send, create, clock } = await testService({}, { idleTimeout: '10h', renewal: { auto: false } })
    const { token, id } = await create()
    const early = await send('POST', '/api/v1/sessions/renew', { key, json: { token } })
    expect(early.status).toBe(409)
    expect(early.headers.get('retry-after')).toBe(String(7 * 3_600))
    expect(await problemOf(early)).toMatchObject({ code: 'RENEWAL_TOO_EARLY', retryAfter: 7 * 3_600 })
    await clock.advance(7.5 * 3_600_000)
    const renewed = await send('POST', '/api/v1/sessions/renew', { key, json: { token, context: { userAgent: 'x/1' } } })
    expect(renewed.status).toBe(200)
    expect(await renewed.json()).toMatchObject({ id, renewals: 1, token: expect.not.stringMatching(token) })
    const refused = await send('POST', '/api/v1/sessions/renew', { key, json: { token: 'nonsense' } })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="session", error="invalid_token"')
  })

  it('terminates by token and by id, says the level, and does not mind a session that is gone', async () => {
    const { send, create } = await testService()
    const one = await create()
    const two = await create()
    for (const json of [
      { token: one.token, reason: 'security.password-changed' },
      { sessionId: two.id },
      { token: one.token },
      { token: 'unknown' },
    ]) {
      const answer = await send('POST', '/api/v1/sessions/terminate', { key, json })
      const level = answer.headers.get('sojourn-level') ?? ''
      expect(answer.status).toBe(['durable', 'everywhere'].includes(level) ? 204 : 202)
      expect(await answer.text()).toBe('')
    }
    const verdict = await (await send('POST', '/api/v1/sessions/validate', { key, json: { token: one.token } })).json()
    expect(verdict).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED', status: 401, reason: 'security.password-changed' } })
  })

  it('changes the context, sets permissions and tells how a session was used', async () => {
    const { send, create } = await testService()
    const { token, id } = await create()
    const changed = await send('PATCH', '/api/v1/sessions/context', { key, json: { sessionId: id, context: { location: 'Berlin, DE' } } })
    expect(changed.status).toBe(200)
    expect(await changed.json()).toMatchObject({ id, context: { location: 'Berlin, DE' } })
    const elevated = await send('PUT', '/api/v1/sessions/permissions', {
      key,
      json: { token, permissions: ['orders:refund'], expiresIn: '5m' },
    })
    expect(elevated.status).toBe(200)
    expect(elevated.headers.get('sojourn-level')).toMatch(/^(local|stored|durable|everywhere)$/)
    expect(await elevated.json()).toMatchObject({ id, permissions: ['orders:refund'], elevatedUntil: '2026-01-01T00:05:00.000Z' })
    const used = await send('POST', '/api/v1/sessions/analytics', { key, json: { token } })
    expect(await used.json()).toMatchObject({ sessionId: id, duration: 0, requestCount: 0, renewals: 0, ipAddresses: [], userAgents: [] })
  })

  it('logs a user out everywhere, or everywhere else', async () => {
    const { send, create } = await testService()
    const kept = await create()
    await create()
    await create('bob')
    const others = await send('DELETE', `/api/v1/users/alice/sessions?except=${kept.id}&reason=revoked`, { key })
    expect(others.status).toBe(200)
    expect(others.headers.get('sojourn-level')).not.toBeNull()
    expect(await others.json()).toEqual({ terminated: 1 })
    expect(await (await send('DELETE', '/api/v1/users/alice/sessions', { key })).json()).toEqual({ terminated: 1 })
    expect((await bodyOf<Listing>(await send('GET', '/api/v1/users/bob/sessions', { key }))).sessions).toHaveLength(1)
  })

  it('finds users whose ids hold characters that mean something in an address', async () => {
    const { send, create } = await testService()
    for (const userId of ['a/b', 'a%2Fb', '100%', 'a?b', 'a#b', 'a;b=c', 'a+b', "O'Brien", 'Ünï', '..%2f', '%zz']) {
      await create(userId)
      const answer = await send('GET', `/api/v1/users/${encodeURIComponent(userId)}/sessions`, { key })
      expect((await bodyOf<Listing>(answer)).sessions.map((one) => one.userId)).toEqual([userId])
    }
  })

  it('answers 401 without the service key, with a challenge that names an error only if a key was sent', async () => {
    const { send } = await testService()
    const none = await send('POST', '/api/v1/sessions', { json: { userId: 'alice' } })
    expect(none.status).toBe(401)
    expect(none.headers.get('www-authenticate')).toBe('Bearer realm="service"')
    for (const wrong of [ADMIN_KEY, `${key}x`, key.slice(1), 'x', `${key}, Bearer ${key}`]) {
      const answer = await send('POST', '/api/v1/sessions', { key: wrong, json: { userId: 'alice' } })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="service", error="invalid_token"')
      expect(await problemOf(answer)).toMatchObject({ code: 'PERMISSION_DENIED' })
    }
  })
})

describe('the calls of administrators', () => {
  it('walks over all sessions page by page, with filters', async () => {
    const { send, create } = await testService()
    for (const user of ['alice', 'bob', 'carol']) await create(user, { roles: [user === 'bob' ? 'admin' : 'member'], tenant: 'acme' })
    const found: string[] = []
    for (let after: string | undefined, pages = 0; pages < 10; pages++) {
      const page: Listing = await bodyOf<Listing>(
        await send('GET', `/api/v1/admin/sessions?limit=1${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`, {
          key: ADMIN_KEY,
        }),
      )
      found.push(...page.sessions.map((one) => one.userId))
      if (page.next === undefined) break
      after = page.next
    }
    expect(found.sort()).toEqual(['alice', 'bob', 'carol'])
    const admins = await bodyOf<Listing>(
      await send('GET', '/api/v1/admin/sessions?role=admin&tenant=acme&status=all&userId=bob', { key: ADMIN_KEY }),
    )
    expect(admins.sessions.map((one) => one.userId)).toEqual(['bob'])
  })

  it('ends a session by its id, tells the level, and answers 404 for one that is not there', async () => {
    const { send, create } = await testService()
    const { id, token } = await create()
    const ended = await send('DELETE', `/api/v1/admin/sessions/${id}`, { key: ADMIN_KEY })
    expect([202, 204]).toContain(ended.status)
    expect(ended.headers.get('sojourn-level')).not.toBeNull()
    const verdict = await (await send('POST', '/api/v1/sessions/validate', { key, json: { token } })).json()
    expect(verdict).toMatchObject({ isValid: false, error: { code: 'SESSION_REVOKED', reason: 'revoked' } })
    const missing = await send('DELETE', `/api/v1/admin/sessions/${id.slice(0, -1)}${id.endsWith('_') ? '-' : '_'}`, { key: ADMIN_KEY })
    expect(missing.status).toBe(404)
    expect(await problemOf(missing)).toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })

  it('lets the service key in nowhere', async () => {
    const { send } = await testService()
    expect((await send('GET', '/api/v1/admin/sessions', { key })).status).toBe(401)
    expect((await send('GET', '/api/v1/admin/sessions')).headers.get('www-authenticate')).toBe('Bearer realm="admin"')
  })
})
