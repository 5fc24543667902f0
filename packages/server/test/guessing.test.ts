import { describe, expect, it } from 'vitest'
import { ADMIN_KEY, bodyOf, problemOf, SERVICE_KEY, type TestService, testService } from './support/service.js'

/** What @hono/node-server tells of the other end of the connection. */
const from = (remoteAddress: string): object => ({ incoming: { socket: { remoteAddress } } })

async function asked(service: TestService, path: string, bearer: string, address: string, method = 'GET'): Promise<Response> {
  return await service.app.request(
    `http://127.0.0.1:7700${path}`,
    { method, headers: { authorization: `Bearer ${bearer}` } },
    from(address),
  )
}

const GUESSER = '198.51.100.66'

/** Fields of a structured header: `"guesses";q=100;w=60` (RFC 9651). */
function quota(header: string | null): Readonly<Record<string, number>> {
  const [name, ...parameters] = (header ?? '').split(';')
  expect(name).toBe('"guesses"')
  return Object.fromEntries(parameters.map((parameter) => [parameter.split('=')[0] ?? '', Number(parameter.split('=')[1])]))
}

describe('whoever guesses session tokens', () => {
  it('is told what is left of the quota, and 429 when it is used up [ERR-3 TOK-11]', async () => {
    const service = await testService({}, { throttle: { invalidPerMinute: 3 } })
    for (const left of [2, 1, 0]) {
      const answer = await asked(service, '/api/v1/auth/session', 'nonsense', GUESSER)
      expect(answer.status).toBe(401)
      expect(quota(answer.headers.get('ratelimit-policy'))).toEqual({ q: 3, w: 60 })
      expect(quota(answer.headers.get('ratelimit'))).toMatchObject({ r: left })
    }
    const answer = await asked(service, '/api/v1/auth/session', 'nonsense', GUESSER)
    expect(answer.status).toBe(429)
    const { r, t } = quota(answer.headers.get('ratelimit'))
    expect(r).toBe(0)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(t ?? Number.POSITIVE_INFINITY)
    expect(await problemOf(answer)).toMatchObject({
      code: 'RATE_LIMITED',
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      'violated-policies': ['guesses'],
      retryAfter: expect.any(Number),
    })
  })

  it.each([
    ['GET', '/api/v1/auth/sessions'],
    ['POST', '/api/v1/auth/sessions/refresh'],
    ['POST', '/api/v1/auth/logout'],
  ])('gets no further by %s %s', async (method, path) => {
    const service = await testService({}, { throttle: { invalidPerMinute: 1 } })
    expect((await asked(service, path, 'nonsense', GUESSER, method)).status).toBe(401)
    const answer = await asked(service, path, 'nonsense', GUESSER, method)
    expect(answer.status).toBe(429)
    expect(answer.headers.get('ratelimit')).toMatch(/^"guesses";r=0;t=\d+$/)
  })

  it('disturbs no user: not behind the same address, and not elsewhere [TOK-11]', async () => {
    const service = await testService({}, { throttle: { invalidPerMinute: 1 } })
    const { token } = await service.create()
    for (let i = 0; i < 5; i++) await asked(service, '/api/v1/auth/session', 'nonsense', GUESSER)
    const own = await asked(service, '/api/v1/auth/session', token, GUESSER)
    expect(own.status).toBe(200)
    expect(own.headers.get('ratelimit')).toBeNull()
    expect((await asked(service, '/api/v1/auth/session', 'nonsense', '198.51.100.67')).status).toBe(401)
  })

  it('through an application is counted by the address that the application tells', async () => {
    const service = await testService({}, { throttle: { invalidPerMinute: 1 } })
    const validate = async (ipAddress: string): Promise<unknown> =>
      await bodyOf(
        await service.send('POST', '/api/v1/sessions/validate', { key: SERVICE_KEY, json: { token: 'bad', context: { ipAddress } } }),
      )
    expect(await validate(GUESSER)).toMatchObject({ error: { code: 'TOKEN_MALFORMED' } })
    expect(await validate(GUESSER)).toMatchObject({ error: { code: 'RATE_LIMITED', status: 429, retryAfter: expect.any(Number) } })
    expect(await validate('2001:db8::1')).toMatchObject({ error: { code: 'TOKEN_MALFORMED' } })
  })
})

describe('whoever guesses keys', () => {
  it.each([
    ['service', '/api/v1/users/alice/sessions', SERVICE_KEY],
    ['admin', '/api/v1/admin/keys', ADMIN_KEY],
  ])('of the %s is told 429 after a while, and the right key is good all the time', async (_who, path, key) => {
    const service = await testService({}, { throttle: { invalidPerMinute: 2 } })
    expect((await asked(service, path, 'wrong', GUESSER)).status).toBe(401)
    const second = await asked(service, path, 'wrong', GUESSER)
    expect(second.status).toBe(401)
    expect(second.headers.get('www-authenticate')).toContain('invalid_token')
    expect(quota(second.headers.get('ratelimit'))).toMatchObject({ r: 0 })
    const third = await asked(service, path, 'wrong', GUESSER)
    expect(third.status).toBe(429)
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await problemOf(third)).toMatchObject({ code: 'RATE_LIMITED' })
    expect((await asked(service, path, key, GUESSER)).status).toBe(200)
    expect((await asked(service, path, 'wrong', '203.0.113.1')).status).toBe(401)
    // Who sends no key has guessed nothing.
    expect((await service.app.request(`http://127.0.0.1:7700${path}`, {}, from(GUESSER))).status).toBe(401)
    expect(service.lines.filter(({ details }) => JSON.stringify(details).includes(GUESSER))).toEqual([])
  })
})
