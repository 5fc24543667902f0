import { describe, expect, it } from 'vitest'
import { ADMIN_KEY, bodyOf, SERVICE_KEY, testService } from './support/service.js'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

describe('the challenge (RFC 6750)', () => {
  it('has no error code for who sent nothing, and the right one for each wrong thing [OAU-3]', async () => {
    const { send, create, sessions } = await testService({}, { tokenType: 'jwt' })
    const ended = await create()
    await sessions.terminateSession(ended.id)
    const { token } = await create()
    const golden: ReadonlyArray<readonly [string, Promise<Response>, number, string]> = [
      ['nothing', send('GET', '/api/v1/auth/session'), 401, 'Bearer realm="session"'],
      ['another scheme', send('GET', '/api/v1/auth/session', { headers: { authorization: 'Basic eDp5' } }), 401, 'Bearer realm="session"'],
      [
        'a token that ended',
        send('GET', '/api/v1/auth/session', { key: ended.token }),
        401,
        'Bearer realm="session", error="invalid_token"',
      ],
      ['what is none', send('GET', '/api/v1/auth/session', { key: 'x' }), 401, 'Bearer realm="session", error="invalid_token"'],
      [
        'two tokens',
        send('GET', '/api/v1/auth/session', { key: token, cookie: `__Host-id=${ended.token}` }),
        400,
        'Bearer realm="session", error="invalid_request"',
      ],
      [
        'a token in the address',
        send('GET', `/api/v1/auth/session?access_token=${token}`, { key: token }),
        400,
        'Bearer realm="session", error="invalid_request"',
      ],
      [
        'no key',
        send('POST', '/oauth2/introspect', { headers: FORM, body: `token=${token}` }),
        401,
        'Bearer realm="service", Basic realm="service"',
      ],
      [
        'another key',
        send('POST', '/oauth2/introspect', { key: 'x', headers: FORM, body: `token=${token}` }),
        401,
        'Bearer realm="service", error="invalid_token", Basic realm="service"',
      ],
    ]
    for (const [what, sent, status, challenge] of golden) {
      const answer = await sent
      expect([what, answer.status, answer.headers.get('www-authenticate')]).toEqual([what, status, challenge])
    }
  })
})

describe('every kind of credential at every kind of call', () => {
  it('opens its own and nothing else [JWT-6 ATK-098 ATK-053]', async () => {
    for (const tokenType of ['opaque', 'jwt'] as const) {
      const { send, sessions } = await testService({}, { tokenType, refreshToken: true })
      const fresh = async () => {
        const { id, token, refreshToken = '' } = await sessions.createSession('alice')
        return { id, access: token, refresh: refreshToken, service: SERVICE_KEY, admin: ADMIN_KEY }
      }
      const calls: Readonly<Record<string, readonly [which: string, call: (credential: string) => Promise<boolean>]>> = {
        'my session': ['access', async (key) => (await send('GET', '/api/v1/auth/session', { key })).status === 200],
        'my refresh': ['refresh', async (key) => (await send('POST', '/api/v1/auth/sessions/refresh', { key })).status === 200],
        validate: [
          'access',
          async (token) =>
            (await bodyOf(await send('POST', '/api/v1/sessions/validate', { key: SERVICE_KEY, json: { token } })))['isValid'] === true,
        ],
        renew: [
          'refresh',
          async (token) => (await send('POST', '/api/v1/sessions/renew', { key: SERVICE_KEY, json: { token } })).status === 200,
        ],
        introspect: [
          'access',
          async (token) =>
            (await bodyOf(await send('POST', '/oauth2/introspect', { key: SERVICE_KEY, headers: FORM, body: `token=${token}` })))[
              'active'
            ] === true,
        ],
        'a call of services': ['service', async (key) => (await send('GET', '/api/v1/users/alice/sessions', { key })).status === 200],
        'a call of operators': ['admin', async (key) => (await send('GET', '/api/v1/admin/keys', { key })).status === 200],
      }
      for (const [name, [which, call]] of Object.entries(calls)) {
        const credentials = await fresh()
        const opened: string[] = []
        for (const [kind, credential] of Object.entries(credentials)) if (await call(credential)) opened.push(kind)
        expect([tokenType, name, opened]).toEqual([tokenType, name, [which]])
      }
    }
  })

  it('tells nobody why a token is not active: expired, ended, foreign, of another use, made up [OAU-1]', async () => {
    const { send, sessions, clock } = await testService({}, { tokenType: 'jwt', refreshToken: true })
    const elsewhere = await testService({}, { tokenType: 'jwt' })
    const [expired, ended] = [await sessions.createSession('alice'), await sessions.createSession('bob')]
    await clock.advance(6 * 60_000)
    await sessions.terminateSession(ended.id)
    const { refreshToken = '', id } = await sessions.createSession('carol')
    const tokens = [expired.token, ended.token, (await elsewhere.create()).token, refreshToken, id, 'x', `${expired.token}x`]
    const answers = await Promise.all(
      tokens.map((token) => send('POST', '/oauth2/introspect', { key: SERVICE_KEY, headers: FORM, body: `token=${token}` })),
    )
    expect(
      new Set(
        await Promise.all(answers.map(async (answer) => `${answer.status} ${answer.headers.get('cache-control')} ${await answer.text()}`)),
      ),
    ).toEqual(new Set(['200 no-store {"active":false}']))
  })
})

describe('a killed key', () => {
  it('is killed by operators, by its name, at once [JWT-13]', async () => {
    const { send, create, sessions } = await testService({}, { tokenType: 'jwt' })
    const { token } = await create()
    const { keys } = await bodyOf<{ keys: { kid: string }[] }>(await send('GET', '/.well-known/jwks.json'))
    const kid = keys[0]?.kid
    for (const key of [SERVICE_KEY, token, 'x'])
      expect((await send('POST', '/api/v1/admin/keys/kill', { key, json: { kid } })).status).toBe(401)
    expect((await sessions.validateSession(token)).isValid).toBe(true)
    const answer = await send('POST', '/api/v1/admin/keys/kill', { key: ADMIN_KEY, json: { kid } })
    expect([answer.status, answer.headers.get('sojourn-level')]).toEqual([202, 'stored'])
    expect(await sessions.validateSession(token)).toMatchObject({ isValid: false, error: { code: 'TOKEN_INVALID' } })
    expect(
      (await bodyOf<{ keys: { kid: string }[] }>(await send('GET', '/.well-known/jwks.json'))).keys.map((one) => one.kid),
    ).not.toContain(kid)
    expect((await send('POST', '/api/v1/admin/keys/kill', { key: ADMIN_KEY, json: { kid: 'AAAAAAAAAAAAAAAA' } })).status).toBe(404)
    expect((await send('POST', '/api/v1/admin/keys/kill', { key: ADMIN_KEY, json: { kid: '../../etc' } })).status).toBe(400)
  })
})

describe('an outage', () => {
  it('makes a revocation 503 with Retry-After, never a false 200 [OAU-2]', async () => {
    const { memoryStore } = await import('sojourn/memory')
    const store = await memoryStore()
    let isDown = false
    const failing = {
      ...store,
      replace: (row: Parameters<typeof store.replace>[0]) => (isDown ? Promise.reject(new Error('down')) : store.replace(row)),
    }
    const { send, create, clock } = await testService({}, { tokenType: 'jwt', storage: failing })
    const { token } = await create()
    isDown = true
    const sent = send('POST', '/oauth2/revoke', { key: SERVICE_KEY, headers: FORM, body: `token=${token}` })
    for (let i = 0; i < 10; i++) await clock.advance(500)
    const answer = await sent
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  })
})
