import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createSessionClient, type Fetch, type SessionClientOptions } from '../../src/client/client.js'
import type { Clock } from '../../src/clock.js'
import { isSessionError, type SessionError } from '../../src/errors.js'
import type { Sessions } from '../../src/sessions.js'
import {
  ID,
  impatientClock,
  NEXT_TOKEN,
  openWire,
  problem,
  type Reply,
  SERVICE_KEY,
  TOKEN,
  visible,
  type Wire,
  wireSession,
} from './wire.js'

const wires: Wire[] = []

async function clientOf(
  script: readonly Reply[],
  options: Partial<SessionClientOptions> = {},
): Promise<{ readonly client: Sessions; readonly wire: Wire; readonly pauses: readonly number[] }> {
  const wire = await openWire(...script)
  wires.push(wire)
  const clock = impatientClock(4_000)
  return { client: createSessionClient({ url: wire.url, serviceKey: SERVICE_KEY, clock, ...options }), wire, pauses: clock.pauses }
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

/** All nine, each with arguments that the client lets through. */
const CALLS: readonly (readonly [string, (client: Sessions) => Promise<unknown>])[] = [
  ['createSession', (client) => client.createSession('alice', {}, { replaces: TOKEN })],
  ['validateSession', (client) => client.validateSession(TOKEN)],
  ['renewSession', (client) => client.renewSession(TOKEN)],
  ['terminateSession', (client) => client.terminateSession(TOKEN)],
  ['getActiveSessions', (client) => client.getActiveSessions('alice')],
  ['terminateAllUserSessions', (client) => client.terminateAllUserSessions('alice')],
  ['updateSessionContext', (client) => client.updateSessionContext(TOKEN, {})],
  ['setSessionPermissions', (client) => client.setSessionPermissions(TOKEN, [])],
  ['getSessionAnalytics', (client) => client.getSessionAnalytics(TOKEN)],
]

const SUCCESS = { createSession: 201, terminateSession: 204 } as Readonly<Record<string, number>>

function refusalOf(code: string, status: number): Exclude<Reply, (...args: never) => unknown> {
  const reply = problem(code, status)
  if (typeof reply === 'function') throw new Error('a problem is no function')
  return reply
}

/** Answers that leave open what happened. */
const UNKNOWN: readonly (readonly [string, (status: number) => Reply])[] = [
  ['a 500 without a body', () => ({ status: 500 })],
  ['a 503 page of a proxy', () => ({ status: 503, headers: { 'content-type': 'text/html' }, text: `<h1>${TOKEN}</h1>` })],
  ['a 404 page', () => ({ status: 404, headers: { 'content-type': 'text/html' }, text: 'not here' })],
  ['a redirect', () => ({ status: 307, headers: { location: '/elsewhere' } })],
  ['a permanent redirect', () => ({ status: 301, headers: { location: '/elsewhere' } })],
  ['success that is a page', (status) => ({ status, headers: { 'content-type': 'text/html' }, text: '<h1>Welcome to the hotel</h1>' })],
  ['success that is broken JSON', (status) => ({ status, headers: { 'content-type': 'application/json' }, text: `{"token":"${TOKEN}` })],
  [
    'success that is not UTF-8',
    (status) => (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22])),
  ],
  ['success that is null', (status) => ({ status, json: null })],
  ['success that is empty', (status) => ({ status, json: {} })],
  ['success that is an array', (status) => ({ status, json: [wireSession()] })],
  [
    'another success than was promised',
    () => ({ status: 206, json: { ...wireSession(), token: TOKEN, isValid: true, session: wireSession() } }),
  ],
  ['a refusal whose status contradicts its code', () => problem('SESSION_REVOKED', 503)],
  ['a refusal under another status than it names', () => ({ ...refusalOf('SESSION_REVOKED', 401), status: 503 })],
  ['a refusal with a code that is not known', () => problem('SESSION_MELTED', 409)],
  ['a connection that is cut', () => (response) => response.destroy()],
  [
    'a connection that is cut in the body',
    () => (response) => void response.writeHead(200, { 'content-length': '99' }).write('{"isValid":', () => response.destroy()),
  ],
]

describe.each(UNKNOWN)('%s', (_, replyFor) => {
  it.each(CALLS)('is STORE_UNAVAILABLE with a time to wait from %s, and gives nothing away', async (name, call) => {
    const { client } = await clientOf([replyFor(SUCCESS[name] ?? 200)])
    const error = await errorOf(call(client))
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503, retryAfter: 1 })
    expect(visible(error)).not.toContain(TOKEN)
    expect(visible(error)).not.toContain(SERVICE_KEY)
  })
})

describe('an answer of success is taken only when it is whole', () => {
  const valid = { isValid: true, session: wireSession() }
  it.each<readonly [string, unknown]>([
    ['isValid is missing', { session: wireSession() }],
    ['isValid is a word', { ...valid, isValid: 'true' }],
    ['there is no session', { isValid: true }],
    ['the session has ended', { isValid: true, session: wireSession({ status: 'ended' }) }],
    ['there is no error', { isValid: false }],
    ['the error has an unknown code', { isValid: false, error: { code: 'X', status: 401, message: '' } }],
    ['the error contradicts itself', { isValid: false, error: { code: 'SESSION_REVOKED', status: 503, message: 'x' } }],
    ['the error is an outage', { isValid: false, error: { code: 'STORE_UNAVAILABLE', status: 503, message: 'wait', retryAfter: 1 } }],
    ['the renewed session is another one', { ...valid, renewed: { ...wireSession({ id: 'sid_other' }), token: NEXT_TOKEN } }],
    ['the renewed session has no token', { ...valid, renewed: wireSession() }],
    ['a date is a number', { isValid: true, session: wireSession({ expiresAt: 1 }) }],
    ['a date is no date', { isValid: true, session: wireSession({ expiresAt: '2026-13-45T10:00:00.000Z' }) }],
    ['a date has no zone', { isValid: true, session: wireSession({ expiresAt: '2026-11-01T10:00:00' }) }],
    ['the id is none', { isValid: true, session: wireSession({ id: 'alice' }) }],
    ['the user is missing', { isValid: true, session: wireSession({ userId: undefined }) }],
    ['a role is a number', { isValid: true, session: wireSession({ roles: [1] }) }],
    ['permissions are missing', { isValid: true, session: wireSession({ permissions: undefined }) }],
    ['the tenant is missing', { isValid: true, session: wireSession({ tenant: undefined }) }],
    ['the data is a list', { isValid: true, session: wireSession({ data: [] }) }],
    ['the context is null', { isValid: true, session: wireSession({ context: null }) }],
    ['the place is a number', { isValid: true, session: wireSession({ context: { location: 1 } }) }],
  ])('not when %s', async (_, json) => {
    const { client } = await clientOf([{ status: 200, json }])
    expect((await errorOf(client.validateSession(TOKEN))).code).toBe('STORE_UNAVAILABLE')
  })

  it('not when the data would change a prototype [STO-6 ATK-074]', async () => {
    const text = JSON.stringify(valid).replace('"cart":', '"__proto__":')
    const { client } = await clientOf([{ status: 200, headers: { 'content-type': 'application/json' }, text }])
    expect((await errorOf(client.validateSession(TOKEN))).code).toBe('STORE_UNAVAILABLE')
  })

  it('not when it is not UTF-8', async () => {
    const bytes = Buffer.from(JSON.stringify(valid))
    bytes[bytes.indexOf('alice')] = 0xff
    const { client } = await clientOf([(response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(bytes)])
    expect((await errorOf(client.validateSession(TOKEN))).code).toBe('STORE_UNAVAILABLE')
  })

  it('not when it never ends', async () => {
    let parts = 0
    let isAborted = (): boolean => false
    const part = new Uint8Array(1024 * 1024)
    const reader = { read: async () => ({ done: ++parts > 200, value: part }) }
    const fetch: Fetch = async (_, { signal }) => {
      isAborted = () => signal.aborted
      return { status: 200, headers: new Headers({ 'content-type': 'application/json' }), body: { getReader: () => reader } }
    }
    const { client } = await clientOf([], { fetch })
    expect((await errorOf(client.validateSession(TOKEN))).code).toBe('STORE_UNAVAILABLE')
    expect(parts).toBeLessThan(100)
    expect(isAborted()).toBe(true)
  })

  it('not when a termination does not tell its level', async () => {
    const { client } = await clientOf([{ status: 204 }, { status: 204, headers: { 'sojourn-level': 'nowhere' } }], { retries: 0 })
    expect((await errorOf(client.terminateSession(TOKEN))).code).toBe('STORE_UNAVAILABLE')
    expect((await errorOf(client.terminateSession(TOKEN))).code).toBe('STORE_UNAVAILABLE')
  })

  it('not when it is about another session than was named', async () => {
    const { client } = await clientOf([{ status: 200, json: wireSession({ id: 'sid_other' }) }])
    expect((await errorOf(client.updateSessionContext(ID, {}))).code).toBe('STORE_UNAVAILABLE')
  })

  it('with fields that this version does not know', async () => {
    const { client } = await clientOf([{ status: 200, json: { ...valid, later: 1, session: wireSession({ later: 1 }) } }])
    expect((await client.validateSession(TOKEN)).isValid).toBe(true)
  })
})

describe('a redirect', () => {
  it('is never followed, so that key and token stay here [ATK-117]', async () => {
    const target = await openWire({ status: 200, json: { isValid: true, session: wireSession() } })
    wires.push(target)
    for (const status of [301, 302, 303, 307, 308]) {
      const { client, wire } = await clientOf([{ status, headers: { location: `${target.url}/api/v1/sessions/validate` } }])
      expect((await errorOf(client.validateSession(TOKEN))).code).toBe('STORE_UNAVAILABLE')
      expect(wire.received).toHaveLength(1)
    }
    expect(target.received).toEqual([])
  })
})

describe('the service key', () => {
  it.each([
    ['a bare 401', { status: 401 }],
    ['a 401 page', { status: 401, headers: { 'content-type': 'text/html' }, text: 'no' }],
    ['a 403 without a code', { status: 403, json: { title: 'no' } }],
    ['the problem of the service', problem('PERMISSION_DENIED', 401, { detail: 'This is not the service key of this service.' })],
  ])('that is refused with %s is a fault of the configuration, not of a session', async (_, reply) => {
    for (const [, call] of CALLS) {
      const { client, wire } = await clientOf([reply])
      const error = await errorOf(call(client))
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', path: 'serviceKey' })
      expect(visible(error)).not.toContain(SERVICE_KEY)
      expect(wire.received).toHaveLength(1)
    }
  })
})

describe('repetition', () => {
  const down = problem('STORE_UNAVAILABLE', 503)
  const sessions: Reply = { status: 200, json: { sessions: [] } }

  it.each(CALLS.filter(([name]) => name !== 'createSession'))('tries %s three times, with pauses that double [AVL-2]', async (_, call) => {
    const { client, wire, pauses } = await clientOf([down])
    expect((await errorOf(call(client))).code).toBe('STORE_UNAVAILABLE')
    expect(wire.received).toHaveLength(3)
    expect(pauses).toEqual([100, 200])
  })

  it('sends createSession once, whatever happens', async () => {
    for (const reply of [down, { status: 502 }, (response: { destroy(): unknown }) => void response.destroy()]) {
      const { client, wire } = await clientOf([reply])
      expect((await errorOf(client.createSession('alice'))).code).toBe('STORE_UNAVAILABLE')
      expect(wire.received).toHaveLength(1)
    }
  })

  it('answers as soon as a repetition succeeds', async () => {
    const { client, wire } = await clientOf([(response) => response.destroy(), { status: 502 }, sessions])
    expect(await client.getActiveSessions('alice')).toEqual([])
    expect(wire.received).toHaveLength(3)
  })

  it('waits as long as Retry-After asks', async () => {
    const { client, pauses } = await clientOf([problem('STORE_UNAVAILABLE', 503, {}, { 'retry-after': '2' }), sessions], {
      timeout: 20_000,
    })
    expect(await client.getActiveSessions('alice')).toEqual([])
    expect(pauses).toEqual([2_000])
  })

  it('reads Retry-After as a date too', async () => {
    const later = new Date(Date.UTC(2026, 10, 1, 10, 0, 2)).toUTCString()
    const { client, pauses } = await clientOf([{ status: 503, headers: { 'retry-after': later } }, sessions], { timeout: 20_000 })
    expect(await client.getActiveSessions('alice')).toEqual([])
    expect(pauses).toEqual([2_000])
  })

  it('does not wait for a service that asks for more than three seconds, and hands the number on', async () => {
    const { client, wire } = await clientOf([{ status: 503, headers: { 'retry-after': '60' } }, sessions], { timeout: 600_000 })
    expect(await errorOf(client.getActiveSessions('alice'))).toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfter: 60 })
    expect(wire.received).toHaveLength(1)
  })

  it('does not repeat what was refused', async () => {
    for (const [code, status] of [
      ['SESSION_REVOKED', 401],
      ['RATE_LIMITED', 429],
      ['CONFLICT', 409],
      ['INVALID_ARGUMENT', 400],
    ] as const) {
      const { client, wire } = await clientOf([problem(code, status)])
      expect(await errorOf(client.renewSession(TOKEN))).toMatchObject({ code, status })
      expect(wire.received).toHaveLength(1)
    }
  })

  it('does not start a pause that would end after the deadline', async () => {
    const clock = impatientClock(4_000)
    const wire = await openWire(problem('STORE_UNAVAILABLE', 503, {}, { 'retry-after': '3' }))
    wires.push(wire)
    const client = createSessionClient({
      url: wire.url,
      serviceKey: SERVICE_KEY,
      clock: { ...clock, after: deadlineNever(clock.after) },
      timeout: 2_500,
    })
    expect((await errorOf(client.getActiveSessions('alice'))).code).toBe('STORE_UNAVAILABLE')
    expect(wire.received).toHaveLength(1)
  })

  it('leaves a port where nobody listens as STORE_UNAVAILABLE with the code of the system', async () => {
    const clock = impatientClock(4_000)
    const client = createSessionClient({ url: `http://127.0.0.1:${await freePort()}`, serviceKey: SERVICE_KEY, clock })
    const error = await errorOf(client.validateSession(TOKEN))
    expect(error.code).toBe('STORE_UNAVAILABLE')
    expect(String(error.cause)).toContain('ECONNREFUSED')
    expect(clock.pauses).toEqual([100, 200])
  })
})

describe('the deadline', () => {
  it('ends a call that nothing answers, also when fetch does not listen to the signal', async () => {
    for (const fetch of [undefined, (() => new Promise(() => undefined)) satisfies Fetch]) {
      const wire = await openWire(() => undefined)
      wires.push(wire)
      const deadlines: (() => void)[] = []
      const clock = stoppedClock(deadlines)
      const client = createSessionClient({ url: wire.url, serviceKey: SERVICE_KEY, clock, ...(fetch === undefined ? {} : { fetch }) })
      const error = errorOf(client.validateSession(TOKEN))
      expect(deadlines).toHaveLength(1)
      deadlines[0]!()
      expect(await error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryAfter: 1 })
    }
  })

  it('is five seconds for the whole call, repetitions included', async () => {
    const delays: number[] = []
    const clock = impatientClock(4_000)
    const wire = await openWire(problem('STORE_UNAVAILABLE', 503))
    wires.push(wire)
    const after = (delay: number, task: () => void): (() => void) => {
      delays.push(delay)
      return clock.after(delay, task)
    }
    await errorOf(createSessionClient({ url: wire.url, serviceKey: SERVICE_KEY, clock: { ...clock, after } }).validateSession(TOKEN))
    expect(delays).toEqual([5_000, 100, 4_900, 200, 4_700])
  })

  it('covers the body of an answer', async () => {
    const deadlines: (() => void)[] = []
    const clock = stoppedClock(deadlines)
    const { client, wire } = await clientOf(
      [
        (response) => {
          response.on('close', () => closed())
          response.writeHead(200, { 'content-type': 'application/json' })
          response.write('{"isValid":', () => deadlines[0]!())
        },
      ],
      { clock },
    )
    let closed = (): void => undefined
    const connectionClosed = new Promise<void>((resolve) => {
      closed = resolve
    })
    expect((await errorOf(client.validateSession(TOKEN))).code).toBe('STORE_UNAVAILABLE')
    await connectionClosed
    expect(wire.received).toHaveLength(1)
  })
})

describe('secrets', () => {
  it('are not repeated when the service echoes them', async () => {
    const echo = { detail: `bad ${TOKEN}`, reason: SERVICE_KEY, path: TOKEN }
    for (const [name, call] of CALLS) {
      if (name === 'getActiveSessions' || name === 'terminateAllUserSessions') continue
      const { client } = await clientOf([problem('TOKEN_INVALID', 401, echo)])
      const error = await errorOf(call(client))
      expect(error.code).toBe('TOKEN_INVALID')
      expect(visible(error)).not.toContain(TOKEN)
      expect(visible(error)).not.toContain(SERVICE_KEY)
    }
    const { client } = await clientOf([
      { status: 200, json: { isValid: false, error: { code: 'TOKEN_INVALID', status: 401, message: TOKEN } } },
    ])
    expect(visible(await client.validateSession(TOKEN))).not.toContain(TOKEN)
  })

  it('are not handed on in the cause when fetch puts its request into an error', async () => {
    const fetch: Fetch = (url, init) =>
      Promise.reject(Object.assign(new Error(JSON.stringify([url, init]), { cause: init }), { code: 'E_FAIL', init }))
    const { client } = await clientOf([], { fetch })
    for (const [, call] of CALLS) {
      const error = await errorOf(call(client))
      expect(error.code).toBe('STORE_UNAVAILABLE')
      expect(visible(error)).not.toContain(TOKEN)
      expect(visible(error)).not.toContain(SERVICE_KEY)
    }
  })
})

/** No time passes; timers are handed to the test. */
function stoppedClock(timers: (() => void)[]): Clock {
  return {
    now: () => 0,
    monotonic: () => 0,
    after(_, task) {
      timers.push(task)
      return () => undefined
    },
  }
}

/** Pauses pass at once; the deadline of the attempt never comes. */
function deadlineNever(after: (delay: number, task: () => void) => () => void): (delay: number, task: () => void) => () => void {
  let calls = 0
  return (delay, task) => (calls++ % 2 === 0 ? () => undefined : after(delay, task))
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
