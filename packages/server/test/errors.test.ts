import { describe, expect, it } from 'vitest'
import { createService } from '../src/index.js'
import { ADMIN_KEY, capturingLogger, problemOf, SERVICE_KEY, SETTINGS, testService } from './support/service.js'

const key = SERVICE_KEY
const JSON_TYPE = { 'content-type': 'application/json' }

describe('a body', () => {
  const cases: ReadonlyArray<readonly [name: string, body: string, status: number, path: string | undefined]> = [
    ['is not JSON', '{"userId":', 400, undefined],
    ['holds the token in the broken part', '{"userId": topsecret', 400, undefined],
    ['is empty', '', 400, undefined],
    ['is a list', '[]', 400, undefined],
    ['is null', 'null', 400, undefined],
    ['is text', '"alice"', 400, undefined],
    ['has a key twice', '{"userId":"a","userId":"b"}', 400, 'userId'],
    ['has a key twice, once escaped', '{"userId":"a","user\\u0049d":"b"}', 400, 'userId'],
    ['has a key twice further down', '{"userId":"a","options":{"data":{"x":[{"y":1},{"y":1,"y":2}]}}}', 400, 'options.data.x.1.y'],
    ['has __proto__', '{"userId":"a","__proto__":{"x":1}}', 400, '__proto__'],
    [
      'has __proto__ escaped, deep inside',
      '{"userId":"a","options":{"data":{"a":{"\\u005f_proto__":1}}}}',
      400,
      'options.data.a.__proto__',
    ],
    ['has constructor', '{"userId":"a","options":{"data":{"constructor":1}}}', 400, 'options.data.constructor'],
    ['has prototype', '{"userId":"a","context":{"prototype":1}}', 400, 'context.prototype'],
    ['has a key that is not known', '{"userId":"a","user_id":"b"}', 400, 'user_id'],
    ['has a key that is not known further down', '{"userId":"a","context":{"ip":"b"}}', 400, 'context.ip'],
    [
      'is nested too deep',
      `{"userId":"a","options":{"data":${'{"a":'.repeat(16)}1${'}'.repeat(16)}}}`,
      400,
      `options.data.${Array(14).fill('a').join('.')}`,
    ],
    ['is a tower of brackets', '['.repeat(100_000), 400, Array(16).fill('0').join('.')],
    [
      'has too many keys',
      `{"userId":"a","options":{"data":{${Array.from({ length: 1_001 }, (_, index) => `"k${index}":1`).join()}}}}`,
      400,
      'options.data.k997',
    ],
  ]
  it.each(cases)('that %s is refused with its place [STO-6 STO-9 ATK-074]', async (_name, body, status, path) => {
    const { send, sessions } = await testService()
    const problem = await problemOf(await send('POST', '/api/v1/sessions', { key, headers: JSON_TYPE, body }))
    expect(problem).toMatchObject({ status, code: 'INVALID_ARGUMENT' })
    expect(problem.path).toBe(path)
    // Refused where it is read, and not only by whoever comes to see it later.
    if (/__proto__|constructor|prototype/.test(path ?? '')) expect(problem.detail).toContain('This key is never allowed.')
    expect(JSON.stringify(problem)).not.toContain('topsecret')
    expect((await sessions.searchSessions()).sessions).toEqual([])
  })

  it('that is not UTF-8, or of another type, or compressed is refused', async () => {
    const { send } = await testService()
    const bytes = new Uint8Array([...Buffer.from('{"userId":"'), 0xff, ...Buffer.from('"}')])
    expect((await send('POST', '/api/v1/sessions', { key, headers: JSON_TYPE, body: bytes })).status).toBe(400)
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      {},
      { ...JSON_TYPE, 'content-encoding': 'gzip' },
    ]) {
      expect(await problemOf(await send('POST', '/api/v1/sessions', { key, headers, body: '{"userId":"a"}' }))).toMatchObject({
        status: 415,
        code: 'INVALID_ARGUMENT',
      })
    }
    expect(
      (
        await send('POST', '/api/v1/sessions', {
          key,
          headers: { 'content-type': 'Application/JSON; charset=UTF-8' },
          body: '{"userId":"a"}',
        })
      ).status,
    ).toBe(201)
  })

  it('that is too large is refused, told or not [STO-9 AVL-3]', async () => {
    const { send } = await testService()
    const large = `{"userId":"${'a'.repeat(2 * 1024 * 1024)}"}`
    const chunked = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(64 * 1024))
      },
    })
    expect(
      (await send('POST', '/api/v1/sessions', { key, headers: { ...JSON_TYPE, 'content-length': String(large.length) }, body: large }))
        .status,
    ).toBe(413)
    expect((await send('POST', '/api/v1/sessions', { key, headers: { ...JSON_TYPE, 'content-length': '5' }, body: large })).status).toBe(
      413,
    )
    expect((await send('POST', '/api/v1/sessions', { key, headers: JSON_TYPE, body: chunked })).status).toBe(413)
  })

  it('is not looked at before the caller is known', async () => {
    const { send } = await testService()
    const never = new ReadableStream(
      {
        pull() {
          throw new Error('the body was read')
        },
      },
      { highWaterMark: 0 },
    )
    expect((await send('POST', '/api/v1/sessions', { headers: JSON_TYPE, body: never })).status).toBe(401)
  })

  it('with several mistakes is told all of them', async () => {
    const { send } = await testService()
    const problem = await problemOf(
      await send('POST', '/api/v1/sessions', { key, json: { userId: 5, context: { deviceId: '', x: 1 }, options: { roles: ['ok', ''] } } }),
    )
    expect(problem.errors?.map(({ path }) => path).sort()).toEqual(['context.deviceId', 'context.x', 'options.roles.1', 'userId'])
    expect(problem.path).toBe('userId')
    expect(problem.errors?.find(({ path }) => path === 'userId')?.message).toBe(
      'A user id is a string of 1 to 255 letters, digits and printable characters without quotation marks, spaces, < > \\ and backticks. Found a number.',
    )
  })
})

describe('an address', () => {
  it('that leads nowhere is answered 404, and one for another method 405 with Allow [ADM-7 ATK-109]', async () => {
    const { send } = await testService()
    for (const path of [
      '/',
      '/api',
      '/api/v1',
      '/api/v1/sessions/',
      '/API/v1/sessions',
      '/api//v1/sessions',
      '/api/v1/admin/audit',
      '/dashboard',
      '/.well-known/openid-configuration',
      '/api/v1/sessions/%2e%2e',
      '/nowhere?x=1',
    ]) {
      expect(await problemOf(await send('GET', path, { key })), path).toMatchObject({ status: 404, code: 'INVALID_ARGUMENT' })
    }
    for (const [method, path, allow] of [
      ['GET', '/api/v1/sessions', 'POST'],
      ['POST', '/healthz', 'GET, HEAD'],
      ['PUT', '/api/v1/users/a/sessions', 'GET, HEAD, DELETE'],
      ['OPTIONS', '/api/v1/sessions', 'POST'],
      ['DELETE', '/oauth2/introspect', 'POST'],
    ] as const) {
      const answer = await send(method, path, { key })
      expect(answer.headers.get('allow')).toBe(allow)
      expect(await problemOf(answer)).toMatchObject({ status: 405, code: 'INVALID_ARGUMENT' })
    }
    expect((await send('HEAD', '/healthz')).status).toBe(200)
  })

  it('with parameters that are not known, or twice, is refused', async () => {
    const { send } = await testService()
    for (const [path, at] of [
      ['/api/v1/users/alice/sessions?x=1', 'x'],
      ['/api/v1/admin/sessions?limit=1&limit=2', 'limit'],
      ['/api/v1/admin/sessions?limit=501', 'limit'],
      ['/api/v1/admin/sessions?limit=0', 'limit'],
      ['/api/v1/admin/sessions?limit=1e2', 'limit'],
      ['/api/v1/admin/sessions?status=dead', 'status'],
      ['/api/v1/admin/sessions?__proto__=1', '__proto__'],
      ['/healthz?x', 'x'],
    ] as const) {
      expect(await problemOf(await send('GET', path, { key: path.includes('admin') ? ADMIN_KEY : key })), path).toMatchObject({
        status: 400,
        path: at,
      })
    }
  })
})

describe('every answer', () => {
  it('has the security headers and a request id, and no header for other origins [CKE-12 CSR-8 OAU-5]', async () => {
    const { send } = await testService()
    for (const answer of [
      await send('GET', '/healthz'),
      await send('GET', '/nowhere'),
      await send('POST', '/api/v1/sessions'),
      await send('GET', '/metrics'),
      await send('GET', '/openapi.json'),
    ]) {
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cache-control': 'no-store',
        'x-request-id': expect.stringMatching(/^[A-Za-z0-9-]{22}$/),
      })
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(answer.headers.has('strict-transport-security')).toBe(false)
    }
    const secure = await testService({ publicUrl: 'https://id.example.com' })
    expect((await secure.send('GET', '/healthz')).headers.get('strict-transport-security')).toBe('max-age=31536000')
  })

  it('carries the request id that was sent if it is harmless', async () => {
    const { send } = await testService()
    expect((await send('GET', '/healthz', { headers: { 'x-request-id': 'Abc-123' } })).headers.get('x-request-id')).toBe('Abc-123')
    for (const hostile of ['a b', 'a"', 'x'.repeat(65), 'a_b', '{}']) {
      expect((await send('GET', '/healthz', { headers: { 'x-request-id': hostile } })).headers.get('x-request-id')).not.toBe(hostile)
    }
  })

  it('to a request at which the service fails says nothing about the cause, which is in the log [ERR-1 AVL-3]', async () => {
    const { sessions, lines } = await testService()
    const failing = { ...sessions, validateSession: () => Promise.reject(new Error('disk says no')) }
    const broken = createService({ sessions: failing, settings: SETTINGS, logger: capturingLogger(lines) })
    const answer = await broken.request('/api/v1/sessions/validate', {
      method: 'POST',
      headers: { ...JSON_TYPE, authorization: `Bearer ${key}` },
      body: '{"token":"x"}',
    })
    const problem = await problemOf(answer)
    expect(problem).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' })
    expect(JSON.stringify(problem)).not.toContain('disk')
    expect(lines.filter(({ level }) => level === 'error').map(({ details }) => details)).toMatchObject([
      { route: '/api/v1/sessions/validate', error: { message: 'disk says no' } },
    ])
  })
})
