import { describe, expect, it } from 'vitest'
import { LISTED, OWN, PAGES } from '../../sojourn/test/http/contract/pages.js'
import { setCookies } from './support/cookie.js'
import { problemOf, testService } from './support/service.js'

/** The table of the middleware, and a request that says nothing: the service gives no page tokens. */
const MATRIX: typeof PAGES = [...PAGES, [false, {}]]

const UNSAFE: ReadonlyArray<readonly [path: string, json: unknown]> = [
  ['/api/v1/auth/sessions/refresh', undefined],
  ['/api/v1/auth/sessions/revoke', { scope: 'global' }],
  ['/api/v1/auth/logout', undefined],
]

describe('state changes that a cookie authenticates', () => {
  it.each(MATRIX)('are allowed (%s) with %j [CSR-1 CSR-2 CSR-7 ATK-101]', async (isAllowed, headers) => {
    const { send, create, sessions } = await testService({ publicUrl: OWN, allowedOrigins: [LISTED] })
    const { token, id } = await create()
    const answer = await send('POST', '/api/v1/auth/logout', { cookie: `__Host-id=${token}`, headers })
    expect(answer.status < 300).toBe(isAllowed)
    expect((await sessions.getSession(id))?.status).toBe(isAllowed ? 'ended' : 'active')
    if (isAllowed) return
    expect(await problemOf(answer)).toMatchObject({ status: 403, code: 'CSRF_REJECTED' })
    expect(setCookies(answer)).toEqual([])
  })

  it.each(UNSAFE)('are refused at %s from another site, and nothing happens [CSR-10 CSR-1 CSR-7 ATK-103]', async (path, json) => {
    const { send, create, sessions } = await testService({ publicUrl: OWN })
    const { token, id } = await create()
    const before = await sessions.getSession(id)
    const answer = await send('POST', path, { cookie: `__Host-id=${token}`, headers: { 'sec-fetch-site': 'cross-site' }, json })
    expect(answer.status).toBe(403)
    expect(await sessions.getSession(id)).toEqual(before)
  })

  it('need no such header from a caller with a bearer token, whom no browser authenticates by itself', async () => {
    const { send, create } = await testService({ publicUrl: OWN })
    const { token } = await create()
    expect((await send('POST', '/api/v1/auth/logout', { key: token, headers: { 'sec-fetch-site': 'cross-site' } })).status).toBeLessThan(
      300,
    )
  })

  it('compare with the origin that the request names where no public URL is configured [CSR-2 ATK-101]', async () => {
    const { send, create } = await testService()
    for (const [origin, status] of [
      ['http://127.0.0.1:7700', 204],
      ['https://127.0.0.1:7700', 403],
      ['http://localhost:7700', 403],
    ] as const) {
      const { token } = await create()
      const answer = await send('POST', '/api/v1/auth/logout', { cookie: `__Host-id=${token}`, headers: { origin } })
      expect(answer.status === 202 ? 204 : answer.status).toBe(status)
    }
  })

  it('take no body of a type that a form can send [CSR-6 ATK-104]', async () => {
    const { send, create } = await testService()
    const { token } = await create()
    const headers = { 'sec-fetch-site': 'same-origin' }
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain; application/json',
      'application/jsonp',
      'application/json; charset=latin1',
    ]) {
      for (const path of ['/api/v1/auth/logout', '/api/v1/auth/sessions/refresh', '/api/v1/auth/sessions/revoke']) {
        const answer = await send('POST', path, {
          cookie: `__Host-id=${token}`,
          headers: { ...headers, 'content-type': type },
          body: '{"scope":"global"}',
        })
        expect(await problemOf(answer)).toMatchObject({ status: 415, code: 'INVALID_ARGUMENT' })
      }
    }
  })
})
