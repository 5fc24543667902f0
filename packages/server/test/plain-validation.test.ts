import { createSessionManager, type Session, type SessionManager } from 'sojourn'
import { fakeClock } from 'sojourn/testing'
import { describe, expect, it } from 'vitest'
import { instantText } from '../src/instant-text.js'
import { createService } from '../src/service.js'
import type { ServiceApp } from '../src/service-app.js'
import { sessionText } from '../src/session-text.js'
import { sessionJson } from '../src/wire.js'
import { capturingLogger, type Line, SERVICE_KEY, SETTINGS } from './support/service.js'

const PATH = '/api/v1/sessions/validate'
const TENANT_KEY = 'the-key-of-acme-which-is-as-long-as-it-has-to-be'
const CONTEXT = { ipAddress: '203.0.113.7', userAgent: 'curl/8.5.0' }

interface Bed {
  readonly app: ServiceApp
  readonly sessions: SessionManager
  readonly lines: Line[]
  /** How often the engine had to think. */
  readonly judged: () => number
  readonly warm: () => Promise<{ readonly token: string; readonly id: string }>
  drain(): void
}

async function bed(): Promise<Bed> {
  const clock = fakeClock()
  const lines: Line[] = []
  const engine = await createSessionManager({ clock, cleanupInterval: 0 })
  let judged = 0
  let draining = false
  const sessions: SessionManager = {
    ...engine,
    async validateSession(...given) {
      judged++
      return await engine.validateSession(...given)
    },
  }
  const tenantKeys = [{ tenant: 'acme', key: TENANT_KEY, name: 'acme' }]
  const settings = { ...SETTINGS, tenantKeys }
  const app = createService({ sessions, settings, clock, logger: capturingLogger(lines), draining: () => draining })
  const warm = async (): Promise<{ readonly token: string; readonly id: string }> => {
    const { token, id } = await engine.createSession('alice', CONTEXT, { roles: ['member'], data: { cart: [1] } })
    await engine.validateSession(token, CONTEXT)
    await engine.validateSession(token, CONTEXT)
    return { token, id }
  }
  const drain = (): void => {
    draining = true
  }
  return { app, sessions, lines, judged: () => judged, warm, drain }
}

interface Sent {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** `plainly` as HTTP/1.1 sends it; the other way without a length, which is read in pieces and never plain. */
async function send(app: ServiceApp, { path = PATH, method = 'POST', headers = {}, body }: Sent, plainly: boolean): Promise<unknown> {
  const length = body === undefined ? undefined : Buffer.byteLength(body)
  const answer = await app.request(`http://127.0.0.1:7700${path}`, {
    method,
    headers: {
      authorization: `Bearer ${SERVICE_KEY}`,
      'content-type': 'application/json',
      'x-request-id': 'request-1',
      ...(plainly && length !== undefined ? { 'content-length': String(length) } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
  })
  return { status: answer.status, headers: [...answer.headers], text: await answer.text() }
}

const withoutTime = (lines: readonly Line[]): unknown => JSON.parse(JSON.stringify(lines, (key, value) => (key === 'ms' ? 0 : value)))

describe('the plain validation', () => {
  it('says of a session that memory knows what the way of all calls says, and asks nobody', async () => {
    const { app, judged, warm, lines } = await bed()
    const { token, id } = await warm()
    const body = JSON.stringify({ token, context: CONTEXT, options: { activity: false } })
    const before = lines.length
    const plain = await send(app, { body }, true)
    expect(judged()).toBe(0)
    const general = await send(app, { body }, false)
    expect(judged()).toBe(1)
    expect(plain).toEqual(general)
    expect(plain).toMatchObject({ status: 200, text: expect.stringContaining(`{"isValid":true,"session":{"id":"${id}"`) })
    const [one, other, ...more] = lines.slice(before)
    expect(more).toEqual([])
    expect(withoutTime([one!])).toEqual(withoutTime([other!]))
  })

  it('counts and makes an id for each request, as for all calls', async () => {
    const { app, warm } = await bed()
    const { token } = await warm()
    const body = JSON.stringify({ token, context: CONTEXT })
    const headers = { authorization: `Bearer ${SERVICE_KEY}`, 'content-type': 'application/json', 'content-length': String(body.length) }
    const ids: (string | null)[] = []
    for (const sent of [undefined, 'with spaces', 'kept-1']) {
      const given = sent === undefined ? headers : { ...headers, 'x-request-id': sent }
      const answer = await app.request(`http://127.0.0.1:7700${PATH}`, { method: 'POST', headers: given, body })
      ids.push(answer.headers.get('x-request-id'))
    }
    expect(ids[0]).toMatch(/^[A-Za-z0-9-]{22}$/)
    expect(ids[1]).toMatch(/^[A-Za-z0-9-]{22}$/)
    expect(ids[2]).toBe('kept-1')
    const metrics = await app.request('http://127.0.0.1:7700/metrics', { headers: { authorization: `Bearer ${SETTINGS.adminKey}` } })
    expect(await metrics.text()).toContain(`sojourn_http_request_duration_seconds_count{method="POST",route="${PATH}",status="200"} 3\n`)
  })

  it('is no way around anything: what is not plain is answered as it always was', async () => {
    const { app, warm, sessions } = await bed()
    const { token } = await warm()
    const ended = await warm()
    await sessions.terminateSession(ended.token)
    const good = { token, context: CONTEXT, options: { activity: false } }
    const body = JSON.stringify(good)
    const cases: readonly Sent[] = [
      { body: '' },
      { body: '{' },
      { body: '[]' },
      { body: 'null' },
      { body: `{"token":"${token}","token":"${token}"}` },
      { body: `{"token":"${token}","__proto__":{}}` },
      { body: Buffer.from([0x7b, 0xff, 0x7d]) },
      { body: JSON.stringify({ ...good, more: 1 }) },
      { body: JSON.stringify({ context: CONTEXT }) },
      { body: JSON.stringify({ token: 1 }) },
      { body: JSON.stringify({ ...good, context: { userAgent: 'a\u0000' } }) },
      { body: JSON.stringify({ ...good, options: { allow: ['everything'] } }) },
      { body: JSON.stringify({ ...good, token: `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}` }) },
      { body: JSON.stringify({ ...good, token: ended.token }) },
      { body: JSON.stringify({ ...good, token: 'x' }) },
      { body: JSON.stringify({ ...good, padding: ' '.repeat(20_000) }) },
      { body, headers: { 'content-type': 'text/plain' } },
      { body, headers: { 'content-type': 'application/json; charset=latin1' } },
      { body, headers: { 'content-type': 'application/json; charset=UTF-8' } },
      { body, headers: { 'content-encoding': 'gzip' } },
      { body, headers: { authorization: 'Bearer wrong-key-0123456789' } },
      { body, headers: { authorization: '' } },
      { body, headers: { authorization: `Basic ${Buffer.from(`x:${SERVICE_KEY}`).toString('base64')}` } },
      { body, headers: { authorization: `Bearer ${SETTINGS.adminKey}` } },
      { body, headers: { authorization: `Bearer ${TENANT_KEY}` } },
      { body, path: `${PATH}?token=${token}` },
      { body, path: `${PATH}?x=1` },
      { body, path: `${PATH}/` },
      { body, path: `/x${PATH}` },
      { body, method: 'PUT' },
      { method: 'GET' },
      { method: 'POST' },
      { body },
    ]
    for (const sent of cases) {
      const plainly = await send(app, sent, true)
      expect(plainly, JSON.stringify(sent)).toEqual(await send(app, sent, false))
    }
  })

  it('is open to the key of no tenant: that of one sees the sessions of its tenant only', async () => {
    const { app, warm } = await bed()
    const { token } = await warm()
    const body = JSON.stringify({ token, context: CONTEXT })
    const answer = await send(app, { body, headers: { authorization: `Bearer ${TENANT_KEY}` } }, true)
    expect(answer).toMatchObject({ status: 200, text: expect.stringMatching(/^{"isValid":false/) })
  })

  it('closes the connection while the service closes', async () => {
    const { app, warm, drain, judged } = await bed()
    const { token } = await warm()
    drain()
    const body = JSON.stringify({ token, context: CONTEXT, options: { activity: false } })
    const plain = await send(app, { body }, true)
    expect(judged()).toBe(0)
    expect(plain).toMatchObject({ headers: expect.arrayContaining([['connection', 'close']]) })
    expect(plain).toEqual(await send(app, { body }, false))
  })

  it('says that a body which broke off did not come, and takes the next one', async () => {
    const { app, warm } = await bed()
    const { token } = await warm()
    const body = JSON.stringify({ token, context: CONTEXT })
    const headers = { authorization: `Bearer ${SERVICE_KEY}`, 'content-type': 'application/json', 'content-length': String(body.length) }
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) })
    const cut = await app.request(`http://127.0.0.1:7700${PATH}`, { method: 'POST', headers, body: broken, duplex: 'half' } as RequestInit)
    expect([cut.status, await cut.text()]).toEqual([400, expect.stringContaining('The body ended before it was complete.')])
    expect(await send(app, { body: Buffer.from([0x7b, 0xc3]) }, true)).toMatchObject({ status: 400 })
    expect(await send(app, { body }, true)).toMatchObject({ status: 200 })
  })
})

/** All that a session can have: the type asks for what is added later, too. */
const WHOLE: Required<Session> = {
  id: 'sid_aaAAAAAAAAAAAAAAAAAAAAAAAA',
  userId: 'zoë "o\'neil" \\ \u2028',
  kind: 'pending',
  actor: 'admin-7',
  createdAt: new Date(0),
  expiresAt: new Date(1_767_225_600_001),
  idleExpiresAt: new Date(1_767_225_660_999),
  absoluteExpiresAt: new Date('9999-12-31T23:59:59.999Z'),
  lastActivity: new Date(1_767_225_599_999),
  authTime: new Date('2024-02-29T12:34:56.078Z'),
  acr: 'urn:example:loa:2',
  amr: ['pwd', 'otp'],
  context: { ipAddress: '2001:db8::1', location: { country: 'DE', latitude: 52.5 } },
  device: { id: 'dev_1', label: 'Firefox on Linux', class: 'desktop' },
  permissions: ['a"b'],
  elevatedUntil: new Date(1_767_225_700_000),
  roles: [],
  rememberMe: true,
  renewals: 3,
  tenant: 'acme',
  data: { text: '\ud800', list: [1, { a: null }], at: new Date(5) },
  status: 'active',
  confirmation: { jkt: 'x'.repeat(43) },
  deviceBoundSince: new Date(1_767_225_600_000),
}

describe('the text of a session', () => {
  it('is what JSON makes of it, with all that it can have and with as little as it can have', () => {
    const { actor, acr, amr, device, elevatedUntil, confirmation, deviceBoundSince, ...least } = WHOLE
    for (const session of [WHOLE, least, { ...least, tenant: null, data: {} }])
      expect(sessionText(session)).toBe(JSON.stringify(sessionJson(session)))
  })

  it.each([0, 1, 86_399_999, 86_400_000, 951_782_400_000, 253_402_300_799_999, 253_402_300_800_000, -1, 8.64e15, Number.NaN])(
    'has the instant %s as JSON has it',
    (at) => {
      expect(instantText(new Date(at))).toBe(JSON.stringify(new Date(at)))
    },
  )

  it('has instants of more days than are kept in mind as JSON has them', () => {
    for (let step = 0; step < 2_000; step++) {
      const date = new Date(((step * 7_919) % 1_000) * 86_400_000 + ((step * 104_729_001) % 86_400_000))
      expect(instantText(date)).toBe(JSON.stringify(date))
    }
  })
})
