import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { setCookies } from './support/cookie.js'
import { storeBehindLine } from './support/outage.js'
import { ADMIN_KEY, bodyOf, problemOf, SERVICE_KEY, testService } from './support/service.js'

/** The engine waits between its tries by the clock that stands still here: time must pass while a call is under way. */
async function passing<T>(clock: { advance(delay: number): Promise<void> }, call: Promise<T>): Promise<T> {
  let isDone = false
  const done = call.finally(() => {
    isDone = true
  })
  while (!isDone) await clock.advance(100)
  return await done
}

describe('while the store does not answer', () => {
  it('every call that needs it answers 503 with Retry-After, and no cookie is cleared [AVL-1]', async () => {
    const { store, line } = await storeBehindLine()
    const { send, create, clock } = await testService({}, { storage: store })
    const { token, id } = await create()
    const bystander = await create('bob')
    line.isCut = true
    const key = SERVICE_KEY
    const form = { key, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `token=${token}` }
    const user = { cookie: `__Host-id=${token}`, headers: { 'sec-fetch-site': 'same-origin' } }
    const calls = [
      send('POST', '/api/v1/sessions', { key, json: { userId: 'bob' } }),
      send('POST', '/api/v1/sessions/validate', { key, json: { token } }),
      send('POST', '/api/v1/sessions/renew', { key, json: { token } }),
      send('POST', '/api/v1/sessions/terminate', { key, json: { token } }),
      send('POST', '/api/v1/sessions/terminate', { key, json: { sessionId: id } }),
      send('PATCH', '/api/v1/sessions/context', { key, json: { token, context: { deviceId: 'd' } } }),
      send('PUT', '/api/v1/sessions/permissions', { key, json: { token, permissions: [] } }),
      send('POST', '/api/v1/sessions/analytics', { key, json: { token } }),
      send('GET', '/api/v1/users/alice/sessions', { key }),
      send('DELETE', '/api/v1/users/alice/sessions', { key }),
      send('GET', '/api/v1/auth/session', user),
      send('GET', '/api/v1/auth/sessions', user),
      send('POST', '/api/v1/auth/sessions/refresh', user),
      send('POST', '/api/v1/auth/sessions/revoke', { ...user, json: { scope: 'global' } }),
      send('POST', '/api/v1/auth/logout', user),
      send('GET', '/api/v1/admin/sessions', { key: ADMIN_KEY }),
      send('GET', `/api/v1/admin/sessions/${id}`, { key: ADMIN_KEY }),
      send('DELETE', `/api/v1/admin/sessions/${id}`, { key: ADMIN_KEY }),
      send('POST', '/oauth2/introspect', form),
      send('POST', '/oauth2/revoke', form),
    ]
    for (const [index, call] of calls.entries()) {
      const answer = await passing(clock, call)
      expect(answer.status, `call ${index}`).toBe(503)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await problemOf(answer)).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      expect(setCookies(answer)).toEqual([])
    }
    line.isCut = false
    // Nobody asked any more but a probe, twice a second.
    await clock.advance(1_000)
    // What was to be ended may have been ended by now; nobody else was logged out by the outage.
    expect(await bodyOf(await send('GET', '/api/v1/auth/session', { key: bystander.token }))).toMatchObject({
      id: bystander.id,
      status: 'active',
    })
  })

  it('the service is alive and not ready', async () => {
    const { store, line } = await storeBehindLine()
    const { send, clock } = await testService({}, { storage: store })
    expect(await (await send('GET', '/readyz')).json()).toEqual({ status: 'ready' })
    line.isCut = true
    expect((await send('GET', '/healthz')).status).toBe(200)
    expect((await send('GET', '/livez')).status).toBe(200)
    const ready = await passing(clock, send('GET', '/readyz?verbose'))
    expect(ready.status).toBe(503)
    expect(await ready.json()).toEqual({
      status: 'unavailable',
      reason: 'The session store does not answer.',
      mode: 'suspect',
      checks: { serving: 'ok', store: 'failed', clock: 'ok', changes: 'ok' },
    })
    line.isCut = false
    expect(await (await send('GET', '/readyz?verbose')).json()).toEqual({
      status: 'ready',
      mode: 'healthy',
      checks: { serving: 'ok', store: 'ok', clock: 'ok', changes: 'ok' },
    })
  })
})

it('an operator is told how the node stands and whom it hears of', async () => {
  const { store, line } = await storeBehindLine()
  const { send, clock, create } = await testService({}, { storage: store })
  const nodes = async (): Promise<unknown> => await (await send('GET', '/api/v1/admin/nodes', { key: ADMIN_KEY })).json()
  expect(await nodes()).toEqual({ mode: 'healthy', revocationDelay: {}, nodes: [] })
  const { token } = await create()
  await send('POST', '/api/v1/sessions/terminate', { key: SERVICE_KEY, json: { token } })
  expect(await nodes()).toMatchObject({ revocationDelay: { last: expect.any(Number), longest: expect.any(Number) } })
  line.isCut = true
  await passing(clock, send('GET', '/readyz'))
  await clock.advance(5_000)
  expect(await nodes()).toMatchObject({ mode: 'degraded' })
  expect((await send('GET', '/api/v1/admin/nodes', { key: SERVICE_KEY })).status).toBe(401)
})

it('a log-out that only this node knows is answered 202, with its level', async () => {
  const { store, line } = await storeBehindLine()
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-local-'))
  const options = { storage: store, localSessions: { store: { type: 'memory' } }, journal: join(folder, 'ends') } as const
  const { send, clock, sessions } = await testService({}, options)
  line.isCut = true
  await passing(clock, send('GET', '/readyz'))
  await clock.advance(5_000)
  const made = await send('POST', '/api/v1/sessions', { key: SERVICE_KEY, json: { userId: 'alice' } })
  expect(made.status).toBe(201)
  const { token } = await bodyOf<{ readonly token: string }>(made)
  const answer = await send('POST', '/api/v1/sessions/terminate', { key: SERVICE_KEY, json: { token } })
  expect([answer.status, answer.headers.get('sojourn-level')]).toEqual([202, 'local'])
  line.isCut = false
  await clock.advance(3_000)
  await sessions.close()
  rmSync(folder, { recursive: true })
})

it('a service that closes is not ready and keeps no connection', async () => {
  const { send } = await testService({}, {}, () => true)
  const answer = await send('GET', '/readyz?verbose=1')
  expect(answer.status).toBe(503)
  expect(answer.headers.get('connection')).toBe('close')
  expect(await answer.json()).toEqual({
    status: 'unavailable',
    reason: 'The service is closing.',
    mode: 'healthy',
    checks: { serving: 'failed', store: 'ok', clock: 'ok', changes: 'ok' },
  })
})
