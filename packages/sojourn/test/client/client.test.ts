import { afterEach, describe, expect, it } from 'vitest'
import { createSessionClient, dangerouslySendKeyAndTokensUnencrypted } from '../../src/client/client.js'
import { isSessionError, SessionError } from '../../src/errors.js'
import type { Sessions } from '../../src/sessions.js'
import { ID, NEXT_TOKEN, openWire, problem, type Reply, SERVICE_KEY, TOKEN, type Wire, wireSession } from './wire.js'

const wires: Wire[] = []

async function clientOf(...script: readonly Reply[]): Promise<{ readonly client: Sessions; readonly wire: Wire }> {
  const wire = await openWire(...script)
  wires.push(wire)
  return { client: createSessionClient({ url: wire.url, serviceKey: SERVICE_KEY, retries: 0 }), wire }
}

afterEach(async () => {
  await Promise.all(wires.splice(0).map((wire) => wire.close()))
})

async function errorOf(promise: Promise<unknown>): Promise<SessionError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (!('error' in outcome)) throw new Error(`resolved with ${JSON.stringify(outcome.value)}`)
  if (!isSessionError(outcome.error)) throw outcome.error
  return outcome.error
}

describe('the client sends what the contract says', () => {
  it('creates a session with POST /sessions and gives back its token and dates', async () => {
    const { client, wire } = await clientOf({ status: 201, json: { ...wireSession(), token: TOKEN } })
    const authTime = new Date('2026-11-01T09:59:00.000Z')
    const session = await client.createSession('alice', { ipAddress: '192.0.2.1' }, { roles: ['user'], authTime })
    expect(session.token).toBe(TOKEN)
    expect(session.createdAt).toEqual(new Date('2026-11-01T10:00:00.000Z'))
    expect(session.data).toEqual({ cart: [1, { two: 2 }] })
    expect('elevatedUntil' in session).toBe(false)
    const [request] = wire.received
    expect([request?.method, request?.url]).toEqual(['POST', '/api/v1/sessions'])
    expect(request?.headers.authorization).toBe(`Bearer ${SERVICE_KEY}`)
    expect(request?.json).toEqual({
      userId: 'alice',
      context: { ipAddress: '192.0.2.1' },
      options: { roles: ['user'], authTime: '2026-11-01T09:59:00.000Z' },
    })
  })

  it('gives a refusal of validateSession as a value with all of its fields', async () => {
    const error = { code: 'SESSION_EXPIRED', status: 401, message: 'Log in again.', expired: 'idle', renewable: true }
    const { client, wire } = await clientOf({ status: 200, json: { isValid: false, error } })
    const result = await client.validateSession(TOKEN, { userAgent: 'x' }, { activity: false })
    expect(result.isValid).toBe(false)
    if (result.isValid) return
    expect(result.error).toBeInstanceOf(SessionError)
    expect({ ...result.error, message: result.error.message }).toMatchObject(error)
    expect(wire.received[0]?.json).toEqual({ token: TOKEN, context: { userAgent: 'x' }, options: { activity: false } })
  })

  it('hands on the token of a session that was renewed during its validation', async () => {
    const renewed = { ...wireSession({ renewals: 1 }), token: NEXT_TOKEN }
    const { client } = await clientOf({ status: 200, json: { isValid: true, session: wireSession({ renewals: 1 }), renewed } })
    const result = await client.validateSession(TOKEN)
    expect(result.isValid && result.renewed?.token).toBe(NEXT_TOKEN)
  })

  it('renews with POST /sessions/renew and throws the refusals of a renewal', async () => {
    const { client, wire } = await clientOf(
      { status: 200, json: { ...wireSession({ renewals: 1 }), token: NEXT_TOKEN } },
      problem('RENEWAL_TOO_EARLY', 409, { retryAfter: 120 }),
    )
    expect((await client.renewSession(TOKEN)).token).toBe(NEXT_TOKEN)
    expect(await errorOf(client.renewSession(TOKEN))).toMatchObject({ code: 'RENEWAL_TOO_EARLY', status: 409, retryAfter: 120 })
    expect(wire.received.map((request) => request.url)).toEqual(['/api/v1/sessions/renew', '/api/v1/sessions/renew'])
  })

  it('names a session by its id or by its token, never in an address [TOK-6 ATK-116]', async () => {
    const { client, wire } = await clientOf(
      { status: 204, headers: { 'sojourn-level': 'everywhere' } },
      { status: 202, headers: { 'sojourn-level': 'stored' } },
    )
    expect(await client.terminateSession(TOKEN, { reason: 'logout' })).toEqual({ level: 'everywhere' })
    expect(await client.terminateSession(ID)).toEqual({ level: 'stored' })
    expect(wire.received.map((request) => request.json)).toEqual([{ token: TOKEN, reason: 'logout' }, { sessionId: ID }])
    expect(wire.received.every((request) => !request.url.includes(TOKEN))).toBe(true)
  })

  it('changes the context with PATCH and the permissions with PUT', async () => {
    const { client, wire } = await clientOf(
      { status: 200, json: wireSession() },
      { status: 200, headers: { 'sojourn-level': 'durable' }, json: wireSession({ elevatedUntil: '2026-11-01T10:15:00.000Z' }) },
    )
    const lastActivity = new Date('2026-11-01T10:01:00.000Z')
    await client.updateSessionContext(ID, { deviceId: 'd1', lastActivity })
    const elevated = await client.setSessionPermissions(TOKEN, ['admin'], { expiresIn: '5m' })
    expect(elevated.level).toBe('durable')
    expect(elevated.elevatedUntil).toEqual(new Date('2026-11-01T10:15:00.000Z'))
    expect(wire.received.map(({ method, url, json }) => ({ method, url, json }))).toEqual([
      {
        method: 'PATCH',
        url: '/api/v1/sessions/context',
        json: { sessionId: ID, context: { deviceId: 'd1', lastActivity: lastActivity.toISOString() } },
      },
      { method: 'PUT', url: '/api/v1/sessions/permissions', json: { token: TOKEN, permissions: ['admin'], expiresIn: '5m' } },
    ])
  })

  it('reads the analytics with dates', async () => {
    const seen = [{ value: '192.0.2.1', firstSeen: '2026-11-01T10:00:00.000Z', lastSeen: '2026-11-01T10:05:00.000Z' }]
    const json = {
      sessionId: ID,
      duration: 4.5,
      createdAt: '2026-11-01T10:00:00.000Z',
      lastActivity: '2026-11-01T10:04:30.000Z',
      requestCount: 7,
      renewals: 1,
      ipAddresses: seen,
      userAgents: [],
    }
    const { client } = await clientOf({ status: 200, json })
    const analytics = await client.getSessionAnalytics(TOKEN)
    expect(analytics.duration).toBe(4.5)
    expect(analytics.ipAddresses[0]?.lastSeen).toEqual(new Date('2026-11-01T10:05:00.000Z'))
  })

  it('lists and ends the sessions of a user whose id must be encoded', async () => {
    const { client, wire } = await clientOf(
      { status: 200, json: { sessions: [wireSession(), wireSession()] } },
      { status: 200, headers: { 'sojourn-level': 'everywhere' }, json: { terminated: 2 } },
    )
    expect(await client.getActiveSessions('a/b?c#d é%2f')).toHaveLength(2)
    expect(await client.terminateAllUserSessions('a/b', { reason: 'security.password-changed', except: ID })).toEqual({
      terminated: 2,
      level: 'everywhere',
    })
    expect(wire.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/v1/users/a%2Fb%3Fc%23d%20%C3%A9%252f/sessions',
      `DELETE /api/v1/users/a%2Fb/sessions?reason=security.password-changed&except=${ID}`,
    ])
  })

  it('keeps the path of an address and adds the API below it', async () => {
    const { wire } = await clientOf({ status: 200, json: { sessions: [] } })
    await createSessionClient({ url: `${wire.url}/auth//`, serviceKey: SERVICE_KEY }).getActiveSessions('alice')
    expect(wire.received[0]?.url).toBe('/auth/api/v1/users/alice/sessions')
  })
})

describe('the client refuses by itself only what cannot be right', () => {
  const IMPOSSIBLE: readonly unknown[] = [undefined, null, 7, {}, [], '', ' ', 'a b', 'a\nb', 'tökén', 'x'.repeat(8_193), 'a\0b']

  it('refuses what cannot be a token as TOKEN_MALFORMED without a request', async () => {
    const { client, wire } = await clientOf(problem('STORE_UNAVAILABLE', 503))
    for (const token of IMPOSSIBLE as string[]) {
      const result = await client.validateSession(token)
      expect(result.isValid ? undefined : result.error.code).toBe('TOKEN_MALFORMED')
      expect((await errorOf(client.renewSession(token))).code).toBe('TOKEN_MALFORMED')
      expect((await errorOf(client.updateSessionContext(token, {}))).code).toBe('TOKEN_MALFORMED')
      expect((await errorOf(client.setSessionPermissions(token, []))).code).toBe('TOKEN_MALFORMED')
      expect((await errorOf(client.getSessionAnalytics(token))).code).toBe('TOKEN_MALFORMED')
      if (typeof token === 'string') expect(await client.terminateSession(token)).toEqual({ level: 'everywhere' })
      else expect(await errorOf(client.terminateSession(token))).toMatchObject({ code: 'INVALID_ARGUMENT', path: 'token' })
    }
    expect(wire.received).toEqual([])
  })

  it.each([['.'], ['..'], [''], ['\ud800'], [undefined], [7]])('does not put the user id %j into an address [ATK-078]', async (userId) => {
    const { client, wire } = await clientOf({ status: 200, json: { sessions: [], terminated: 0 } })
    expect(await errorOf(client.getActiveSessions(userId as string))).toMatchObject({ code: 'INVALID_ARGUMENT', path: 'userId' })
    expect(await errorOf(client.terminateAllUserSessions(userId as string))).toMatchObject({ code: 'INVALID_ARGUMENT', path: 'userId' })
    expect(wire.received).toEqual([])
  })

  it('does not put a token into an address where an id or a reason belongs', async () => {
    const { client, wire } = await clientOf({ status: 200, json: { terminated: 0 } })
    expect(await errorOf(client.terminateAllUserSessions('alice', { except: TOKEN }))).toMatchObject({ path: 'options.except' })
    expect(await errorOf(client.terminateAllUserSessions('alice', { reason: TOKEN }))).toMatchObject({ path: 'options.reason' })
    expect(wire.received).toEqual([])
  })

  it('names the part that JSON cannot hold', async () => {
    const { client, wire } = await clientOf({ status: 201, json: {} })
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    expect(await errorOf(client.createSession('alice', {}, { data: cycle }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      path: 'options.data',
    })
    expect(await errorOf(client.createSession(7n as unknown as string))).toMatchObject({ code: 'INVALID_ARGUMENT', path: 'userId' })
    expect(wire.received).toEqual([])
  })

  it('gives back the path that the service names', async () => {
    const { client } = await clientOf(problem('INVALID_ARGUMENT', 400, { path: 'context.deviceId' }))
    expect(await errorOf(client.createSession('alice', { deviceId: '' }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      status: 400,
      path: 'context.deviceId',
      message: 'The service says INVALID_ARGUMENT.',
    })
  })
})

describe('the paths of errors', () => {
  it('are those of the arguments, not those of the body', async () => {
    const { client } = await clientOf(
      problem('INVALID_ARGUMENT', 400, { path: 'expiresIn' }),
      problem('INVALID_ARGUMENT', 400, { path: 'reason' }),
      problem('INVALID_ARGUMENT', 400, { path: 'permissions.0' }),
    )
    expect((await errorOf(client.setSessionPermissions(TOKEN, [], { expiresIn: 'x' }))).path).toBe('options.expiresIn')
    expect((await errorOf(client.terminateSession(TOKEN, { reason: 'X' }))).path).toBe('options.reason')
    expect((await errorOf(client.setSessionPermissions(TOKEN, ['']))).path).toBe('permissions.0')
  })
})

describe('the address and the key', () => {
  const make = (url: unknown, more: Readonly<Record<string, unknown>> = {}): (() => Sessions) => {
    return () => createSessionClient({ url: url as string, serviceKey: SERVICE_KEY, ...more })
  }

  it.each([
    'https://sessions.example.com',
    'https://sessions.example.com/base/',
    'http://127.0.0.1:7700',
    'http://127.1.2.3',
    'http://localhost:7700',
    'http://a.localhost',
    'http://[::1]:7700',
  ])('takes %s', (url) => {
    expect(make(url)).not.toThrow()
  })

  it.each([
    'http://sessions.example.com',
    'http://192.168.0.1',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'ftp://localhost',
    'sessions.example.com',
    'https://user:secret-in-url@sessions.example.com',
    'https://sessions.example.com?key=secret-in-url',
    'https://sessions.example.com#x',
    '',
    undefined,
    null,
    {},
  ])('refuses %s with CONFIG_INVALID and does not repeat it', (url) => {
    try {
      make(url)()
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', path: 'url' })
      expect(String(error)).not.toContain('secret-in-url')
      expect((error as Error).cause).toBeUndefined()
    }
  })

  it('speaks plain http with another host only when that is asked for by name [ATK-116]', () => {
    expect(make(dangerouslySendKeyAndTokensUnencrypted('http://sessions.internal'))).not.toThrow()
    expect(make(dangerouslySendKeyAndTokensUnencrypted('https://user:x@sessions.internal'))).toThrow(SessionError)
  })

  it.each([
    [{ serviceKey: '' }, 'serviceKey'],
    [{ serviceKey: 'a\nb' }, 'serviceKey'],
    [{ serviceKey: undefined }, 'serviceKey'],
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: Number.NaN }, 'timeout'],
    [{ timeout: '5s' }, 'timeout'],
    [{ retries: -1 }, 'retries'],
    [{ retries: 11 }, 'retries'],
  ])('refuses the option %j', (more, path) => {
    expect(make('http://localhost', more)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', path }))
  })
})

describe('close', () => {
  it('makes later calls throw STORE_UNAVAILABLE and sends nothing', async () => {
    const { client, wire } = await clientOf({ status: 200, json: { sessions: [] } })
    await client.close()
    await client.close()
    expect((await errorOf(client.getActiveSessions('alice'))).code).toBe('STORE_UNAVAILABLE')
    expect((await errorOf(client.validateSession(TOKEN))).code).toBe('STORE_UNAVAILABLE')
    expect((await errorOf(client.validateSession(''))).code).toBe('STORE_UNAVAILABLE')
    expect((await errorOf(client.terminateSession(''))).code).toBe('STORE_UNAVAILABLE')
    expect(wire.received).toEqual([])
  })

  it('waits for calls that are under way', async () => {
    let answer = (): void => undefined
    const { client } = await clientOf((response) => {
      answer = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"sessions":[]}')
      arrived()
    })
    let arrived = (): void => undefined
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const order: string[] = []
    const call = client.getActiveSessions('alice').then(() => order.push('call'))
    await arrival
    const closing = client.close().then(() => order.push('close'))
    answer()
    await Promise.all([call, closing])
    expect(order).toEqual(['call', 'close'])
  })
})
