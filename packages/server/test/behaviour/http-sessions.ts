import { SessionError, type SessionErrorCode } from 'sojourn'
import { expect } from 'vitest'
import type { Device, IssuedSession, Level, Session } from '../../../sojourn/src/session.js'
import type {
  AccountEventResult,
  ChangedSession,
  Ended,
  OperationGrant,
  SessionAnalytics,
  Sessions,
} from '../../../sojourn/src/sessions.js'

type Json = Record<string, unknown>

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Json | undefined
}

const INSTANTS = [
  'createdAt',
  'expiresAt',
  'idleExpiresAt',
  'absoluteExpiresAt',
  'lastActivity',
  'authTime',
  'elevatedUntil',
  'deviceBoundSince',
  'firstSeen',
  'lastSeen',
]

function withDates<T>(json: unknown): T {
  const entries = Object.entries(json as Json).map(([name, value]) => {
    if (!INSTANTS.includes(name)) return [name, value]
    expect(value, `${name} as RFC 3339 in UTC`).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    return [name, new Date(String(value))]
  })
  return Object.fromEntries(entries) as T
}

/** The error that a problem document or the `error` of a verdict speaks of. */
function toError(json: Json, message: unknown): SessionError {
  const { code, expired, renewable, reason, retryAfter, path, nonce, maxAge, acrValues } = json
  const details = Object.fromEntries(
    Object.entries({ expired, renewable, reason, retryAfter, path, nonce, maxAge, acrValues }).filter(([, value]) => value !== undefined),
  )
  return new SessionError(code as SessionErrorCode, String(message), details)
}

/** RFC 9457, and what `contract.md` adds. */
function problem({ status, headers, body }: Reply): SessionError {
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json\b/)
  expect(body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String), code: expect.any(String) })
  const ownType = `https://sojourn.dev/problems/${String(body?.['code']).toLowerCase().replaceAll('_', '-')}`
  const isQuota = body?.['code'] === 'RATE_LIMITED'
  expect(body?.['type']).toBe(isQuota ? 'https://iana.org/assignments/http-problem-types#quota-exceeded' : ownType)
  const error = toError(body!, body?.['detail'])
  expect([error.status, 413, 431, 414]).toContain(status)
  if (error.retryAfter !== undefined) expect(headers.get('retry-after')).toBe(String(error.retryAfter))
  return error
}

function levelOf({ status, headers }: Reply, complete: number): Level {
  const level = headers.get('sojourn-level') as Level
  expect(['local', 'stored', 'durable', 'everywhere']).toContain(level)
  expect(status).toBe(level === 'durable' || level === 'everywhere' ? complete : complete === 204 ? 202 : complete)
  return level
}

const handle = (tokenOrId: unknown): Json =>
  typeof tokenOrId === 'string' && tokenOrId.startsWith('sid_') ? { sessionId: tokenOrId } : { token: tokenOrId }

/** The nine functions as bare requests, and every answer held against the wire format. */
export function httpSessions(origin: string, serviceKey: string): Sessions {
  async function send(method: string, path: string, body: Json | undefined, success: readonly number[]): Promise<Reply> {
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${serviceKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
    })
    const text = await response.text()
    const reply = { status: response.status, headers: response.headers, body: text === '' ? undefined : (JSON.parse(text) as Json) }
    expect(reply.headers.get('cache-control')).toMatch(/no-store/)
    if (!success.includes(reply.status)) throw problem(reply)
    if (reply.body !== undefined) expect(reply.headers.get('content-type')).toMatch(/^application\/json\b/)
    return reply
  }
  const session = async (method: string, path: string, body: Json): Promise<{ session: Session; reply: Reply }> => {
    const reply = await send(method, path, body, [200])
    expect(reply.body).not.toHaveProperty('token')
    return { session: withDates(reply.body), reply }
  }
  const changed = async (path: string, body: Json, rotate: boolean): Promise<ChangedSession> => {
    const reply = await send('PUT', path, body, [200])
    expect('token' in (reply.body ?? {})).toBe(rotate)
    return { ...withDates<ChangedSession>(reply.body), level: levelOf(reply, 200) }
  }
  const close = (): Promise<void> => Promise.resolve()

  return {
    async createSession(userId, context, options): Promise<IssuedSession> {
      return withDates((await send('POST', '/sessions', { userId, context, options }, [201])).body)
    },
    async validateSession(token, context, options) {
      const { body } = await send('POST', '/sessions/validate', { token, context, options }, [200])
      if (body?.['isValid'] !== true) {
        expect(Object.keys(body ?? {}).sort()).toEqual(['error', 'isValid'])
        const refusal = (body?.['error'] ?? {}) as Json
        const error = toError(refusal, refusal['message'])
        expect(refusal).toMatchObject({ status: error.status })
        return { isValid: false, error }
      }
      expect(body['session']).not.toHaveProperty('token')
      const valid = { isValid: true as const, session: withDates<Session>(body['session']) }
      return body['renewed'] === undefined ? valid : { ...valid, renewed: withDates<IssuedSession>(body['renewed']) }
    },
    async renewSession(token, context, options): Promise<IssuedSession> {
      return withDates((await send('POST', '/sessions/renew', { token, context, options }, [200])).body)
    },
    async terminateSession(tokenOrId, options): Promise<Ended> {
      const reply = await send('POST', '/sessions/terminate', { ...handle(tokenOrId), reason: options?.reason }, [204, 202])
      return { level: levelOf(reply, 204) }
    },
    async getActiveSessions(userId, options): Promise<Session[]> {
      const query = options?.tenant === undefined ? '' : `?tenant=${encodeURIComponent(options.tenant)}`
      const { body } = await send('GET', `/users/${encodeURIComponent(userId)}/sessions${query}`, undefined, [200])
      expect(Object.keys(body ?? {})).toEqual(['sessions'])
      return ((body?.['sessions'] ?? []) as Json[]).map((each) => withDates(each))
    },
    async terminateAllUserSessions(userId, options) {
      const query = new URLSearchParams(Object.fromEntries(Object.entries(options ?? {}).map(([name, value]) => [name, String(value)])))
      const reply = await send('DELETE', `/users/${encodeURIComponent(userId)}/sessions?${query.toString()}`, undefined, [200])
      expect(Object.keys(reply.body ?? {})).toEqual(['terminated'])
      return { terminated: Number(reply.body?.['terminated']), level: levelOf(reply, 200) }
    },
    async updateSessionContext(tokenOrId, changes): Promise<Session> {
      return (await session('PATCH', '/sessions/context', { ...handle(tokenOrId), context: changes })).session
    },
    async setSessionPermissions(tokenOrId, permissions, options): Promise<ChangedSession> {
      const body = { ...handle(tokenOrId), permissions, expiresIn: options?.expiresIn, rotate: options?.rotate }
      return await changed('/sessions/permissions', body, options?.rotate === true)
    },
    async setSessionRoles(tokenOrId, roles, options): Promise<ChangedSession> {
      return await changed('/sessions/roles', { ...handle(tokenOrId), roles, rotate: options?.rotate }, options?.rotate === true)
    },
    async reauthenticateSession(token, context, options): Promise<IssuedSession> {
      return withDates((await send('POST', '/sessions/reauthenticate', { token, context, options }, [200])).body)
    },
    async grantOperation(token, options): Promise<OperationGrant> {
      const { body } = await send('POST', '/sessions/grants', { token, ...options }, [201])
      expect(Object.keys(body ?? {}).sort()).toEqual(['expiresAt', 'grant'])
      return { grant: String(body?.['grant']), expiresAt: new Date(String(body?.['expiresAt'])) }
    },
    async useGrant(token, grant, operation): Promise<void> {
      await send('POST', '/sessions/grants/use', { token, grant, ...operation }, [204])
    },
    async accountEvent(userId, event, options): Promise<AccountEventResult> {
      const reply = await send('POST', `/users/${encodeURIComponent(userId)}/events`, { event, ...options }, [200])
      const stayed = reply.body?.['session']
      const ended = { terminated: Number(reply.body?.['terminated']), level: levelOf(reply, 200) }
      return stayed === undefined ? ended : { ...ended, session: withDates<IssuedSession>(stayed) }
    },
    async getSessionAnalytics(tokenOrId): Promise<SessionAnalytics> {
      const { body } = await send('POST', '/sessions/analytics', handle(tokenOrId), [200])
      const seen = (list: unknown): unknown => (list as Json[]).map((each) => withDates(each))
      return {
        ...withDates<SessionAnalytics>(body),
        ipAddresses: seen(body?.['ipAddresses']),
        userAgents: seen(body?.['userAgents']),
      } as SessionAnalytics
    },
    async listDevices(userId, options): Promise<Device[]> {
      const query = new URLSearchParams({ ...options }).toString()
      const { body } = await send('GET', `/users/${encodeURIComponent(userId)}/devices?${query}`, undefined, [200])
      return ((body?.['devices'] ?? []) as Json[]).map((each) => withDates(each))
    },
    async forgetDevice(userId, deviceId, options) {
      const query = new URLSearchParams({ ...options }).toString()
      const path = `/users/${encodeURIComponent(userId)}/devices/${encodeURIComponent(deviceId)}?${query}`
      const reply = await send('DELETE', path, undefined, [200])
      return { terminated: Number(reply.body?.['terminated']), level: levelOf(reply, 200) }
    },
    async trustDevice(tokenOrId): Promise<Device> {
      return withDates((await send('POST', '/sessions/trust-device', handle(tokenOrId), [200])).body)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
