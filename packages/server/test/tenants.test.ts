import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tenantKeysOf } from '../src/tenant-keys.js'
import { check } from './support/config.js'
import { temporaryFolder } from './support/folder.js'
import { ADMIN_KEY, bodyOf, problemOf, SERVICE_KEY, testService } from './support/service.js'

const NORTH = { key: 'key-of-north-0123456789abcdef0123456789', tenant: 'north', name: 'north app' }
const SOUTH = { key: 'key-of-south-0123456789abcdef0123456789', tenant: 'south', name: 'south app' }

describe('a service key that is bound to a tenant', () => {
  it('opens every call of applications over its own sessions alone [ADM-3 ATK-112]', async () => {
    const { send, create } = await testService({ tenantKeys: [NORTH, SOUTH] })
    const own = await bodyOf<{ id: string; token: string; tenant: string }>(
      await send('POST', '/api/v1/sessions', { key: NORTH.key, json: { userId: 'alice' } }),
    )
    expect(own.tenant).toBe('north')
    const none = await create('alice')
    for (const [key, isOwn] of [
      [NORTH.key, true],
      [SOUTH.key, false],
    ] as const) {
      const verdict = await bodyOf(await send('POST', '/api/v1/sessions/validate', { key, json: { token: own.token } }))
      expect(verdict['isValid']).toBe(isOwn)
      const listed = await bodyOf<{ sessions: unknown[] }>(await send('GET', '/api/v1/users/alice/sessions', { key }))
      expect(listed.sessions).toHaveLength(isOwn ? 1 : 0)
      const asked = { key, headers: { 'content-type': 'application/x-www-form-urlencoded' } }
      const active = await bodyOf(await send('POST', '/oauth2/introspect', { ...asked, body: `token=${own.token}` }))
      expect(active['active']).toBe(isOwn)
      expect((await send('POST', '/oauth2/revoke', { ...asked, body: `token=${none.token}` })).status).toBe(200)
      expect((await send('PUT', '/api/v1/sessions/permissions', { key, json: { sessionId: none.id, permissions: ['x'] } })).status).toBe(
        401,
      )
      expect((await send('DELETE', '/api/v1/users/alice/sessions?tenant=south', { key })).status).toBe(isOwn ? 403 : 200)
    }
    expect((await send('GET', '/api/v1/auth/session', { key: none.token })).status).toBe(200)
    expect((await send('GET', '/api/v1/auth/session', { key: own.token })).status).toBe(200)
  })

  it('opens nothing of operators, and is no session', async () => {
    const { send } = await testService({ tenantKeys: [NORTH] })
    for (const [method, path] of [
      ['GET', '/api/v1/admin/sessions'],
      ['GET', '/api/v1/admin/keys'],
      ['GET', '/api/v1/auth/session'],
    ] as const)
      expect((await send(method, path, { key: NORTH.key })).status).toBe(401)
    expect((await send('GET', '/api/v1/users/alice/sessions', { key: `${NORTH.key}x` })).status).toBe(401)
  })

  it('is read from the configuration, itself or as a file, and has to be its own', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'south-key')
    await writeFile(file, `${SOUTH.key}\n`)
    const list = [
      { key: '${NORTH_KEY}', tenant: 'north', name: 'north app' },
      { key_file: file, tenant: 'south', name: 'south app' },
    ]
    const { settings, text } = await check(`service:\n  service_keys: ${JSON.stringify(list)}\n`, { NORTH_KEY: NORTH.key })
    expect(text).toBe('')
    expect(await tenantKeysOf(settings.tenantKeySources ?? [], [])).toEqual([NORTH, SOUTH])
    await expect(tenantKeysOf(settings.tenantKeySources ?? [], [SOUTH.key])).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await expect(tenantKeysOf([{ keyFile: join(folder, 'missing'), tenant: 'x', name: 'x' }], [])).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
    for (const bad of [[{ tenant: 'x', name: 'x' }], [{ key: 'short', tenant: 'x', name: 'x' }], [{ ...NORTH, admin: true }], 'x', [7]])
      expect((await check(`service:\n  service_keys: ${JSON.stringify(bad)}\n`)).paths).toEqual(['service.service_keys'])
  })
})

describe('the configuration of tenants', () => {
  it('gives each its limit, and the application its name', async () => {
    const yaml = [
      'session_manager:',
      '  application: shop',
      '  security:',
      '    session_policies:',
      '      tenants: [{ name: north, max_concurrent_sessions: 3 }]',
      '      pending_lifetime: 5m',
      '      anonymous_idle_timeout: 1h',
      '      anonymous_per_minute: 7',
      'service:',
      '  recent_auth: 2m',
    ]
    const { settings, text } = await check(yaml.join('\n'))
    expect(text).toBe('')
    expect(settings.sessions).toMatchObject({
      application: 'shop',
      tenants: { north: { maxConcurrentSessions: 3 } },
      pendingLifetime: '5m',
      anonymous: { idleTimeout: '1h', perMinute: 7 },
    })
    expect(settings.recentAuth).toBe(120_000)
  })
})

describe('ending many sessions', () => {
  it('is for operators, with a reason [TRM-9]', async () => {
    const { send, sessions, create } = await testService()
    const here = await sessions.createSession('alice', {}, { tenant: 'north' })
    const other = await create('bob')
    const end = async (json: unknown, key = ADMIN_KEY): Promise<Response> => await send('POST', '/api/v1/admin/sessions/end', { key, json })
    expect((await end({ all: true, reason: 'incident' }, SERVICE_KEY)).status).toBe(401)
    expect(await problemOf(await end({ all: true }))).toMatchObject({ status: 400, path: 'reason' })
    expect((await end({ all: true, tenant: 'north', reason: 'incident' })).status).toBe(400)
    expect((await end({ reason: 'incident' })).status).toBe(400)
    const answer = await end({ tenant: 'north', reason: 'incident' })
    expect(answer.headers.get('sojourn-level')).toBe('everywhere')
    expect(await bodyOf(answer)).toEqual({ terminated: 1, done: true })
    expect((await sessions.getSession(here.id))?.status).toBe('ended')
    expect((await send('GET', '/api/v1/auth/session', { key: other.token })).status).toBe(200)
    expect(await bodyOf(await end({ all: true, reason: 'incident' }))).toEqual({ terminated: 1, done: true })
  })
})

describe('what a user is told', () => {
  it('is why their session ended in one of four words, and applications are told in full [TRM-14]', async () => {
    const { send, sessions, create } = await testService()
    const { token } = await create('alice')
    await sessions.accountEvent('alice', 'compromised')
    const problem = await problemOf(await send('GET', '/api/v1/auth/session', { key: token }))
    expect(problem).toMatchObject({ code: 'SESSION_REVOKED', reason: 'security' })
    expect(JSON.stringify(problem)).not.toContain('compromised')
    const verdict = await bodyOf<{ error: object }>(await send('POST', '/api/v1/sessions/validate', { key: SERVICE_KEY, json: { token } }))
    expect(verdict.error).toMatchObject({ reason: 'security.compromised' })
  })

  it('is that a login must be recent before others of their sessions can be ended [TRM-10 STP-1 ATK-113]', async () => {
    const { send, sessions, create, clock } = await testService()
    const [mine, other] = [await create('alice'), await create('alice')]
    const revoke = async (token: string, json: unknown): Promise<Response> =>
      await send('POST', '/api/v1/auth/sessions/revoke', { key: token, json })
    await clock.advance(300_001)
    for (const json of [{ sessionId: other.id }, { scope: 'others' }, { scope: 'global' }]) {
      const refused = await revoke(mine.token, json)
      expect(refused.headers.get('www-authenticate')).toBe(
        'Bearer realm="session", error="insufficient_user_authentication", max_age="300"',
      )
      expect(await problemOf(refused)).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED', maxAge: 300 })
    }
    expect((await sessions.getSession(other.id))?.status).toBe('active')
    const { token } = await sessions.reauthenticateSession(mine.token)
    expect((await revoke(token, { sessionId: other.id })).status).toBe(204)
    await clock.advance(300_001)
    expect((await revoke(token, { sessionId: mine.id })).status, 'the own one always').toBe(204)
  })

  it('is that a second factor is missing, on every surface [LIF-4 ATK-006]', async () => {
    const { send, sessions } = await testService()
    const pending = await sessions.createSession('alice', {}, { kind: 'pending' })
    for (const [method, path] of [
      ['GET', '/api/v1/auth/session'],
      ['GET', '/api/v1/auth/sessions'],
      ['POST', '/api/v1/auth/sessions/refresh'],
    ] as const) {
      const answer = await send(method, path, { key: pending.token })
      expect(answer.headers.get('www-authenticate')).toContain('insufficient_user_authentication')
      expect(await problemOf(answer)).toMatchObject({ status: 401, code: 'REAUTHENTICATION_REQUIRED', reason: 'second-factor' })
    }
    const form = { key: SERVICE_KEY, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `token=${pending.token}` }
    expect(await bodyOf(await send('POST', '/oauth2/introspect', form))).toEqual({ active: false })
    expect((await send('POST', '/api/v1/auth/logout', { key: pending.token })).status).toBe(204)
    expect((await sessions.getSession(pending.id))?.status).toBe('ended')
  })
})
