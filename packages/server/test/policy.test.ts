import { memoryStore } from 'sojourn/memory'
import { describe, expect, it } from 'vitest'
import { check } from './support/config.js'
import { ADMIN_KEY, bodyOf, SERVICE_KEY, testService } from './support/service.js'

const POLICIES = 'session_manager.security.session_policies'

const YAML = `
session_manager:
  token_generation: { expiration_time: 2h }
  remember_me: { enabled: true, lifetime: 10d }
  security:
    throttle: { enabled: true, invalid_per_minute: 20, global_per_minute: 500 }
    session_policies:
      profile: web
      on_session_limit: evict-idle
      require_reauth_after: 6h
      roles:
        admin: { idle_timeout: 5m, max_concurrent_sessions: 1, renewal_grace_period: 0, elevation_duration: 1m }
        org.example.auditor:
          absolute_timeout: 2h
          max_session_duration: 1h
          expiration_time: 30m
          max_renewals: 2
          require_reauth_after: 20m
`

describe('the configuration of rules', () => {
  it('has every rule under a name in YAML', async () => {
    const { settings, text } = await check(YAML)
    expect(text).toBe('')
    expect(settings.sessions).toMatchObject({
      profile: 'web',
      onSessionLimit: 'evict-idle',
      requireReauthAfter: '6h',
      rememberMe: { enabled: true, lifetime: '10d' },
      throttle: { enabled: true, invalidPerMinute: 20, globalPerMinute: 500 },
      roles: {
        admin: { idleTimeout: '5m', maxConcurrentSessions: 1, gracePeriod: 0, elevationDuration: '1m' },
        'org.example.auditor': {
          absoluteTimeout: '2h',
          maxSessionDuration: '1h',
          sessionLifetime: '30m',
          maxRenewals: 2,
          requireReauthAfter: '20m',
        },
      },
    })
  })

  it.each([
    ['profile: pci\n      idle_timeout: 30m', `${POLICIES}.idle_timeout`, /found "30m"; the profile "pci" allows at most 900000/],
    ['roles: { admin: { idle_timeout: 3650d } }', `${POLICIES}.roles.admin.idle_timeout`, /a role can only tighten/],
    ['roles: { admin: { idle: 5m } }', `${POLICIES}.roles.admin.idle`, /idle_timeout, expiration_time/],
    ['roles: { admin: 5 }', `${POLICIES}.roles.admin`, /this is a section; it has idle_timeout/],
    ['roles: 5', `${POLICIES}.roles`, /this is a section/],
    ['profile: gold', `${POLICIES}.profile`, /"web" or "pci"/],
    ["justification: ' '", `${POLICIES}.justification`, /a text of 1 to 2000 characters/],
  ])('refuses %j with its path [TMO-9]', async (line, path, message) => {
    const { paths, text } = await check(`session_manager:\n  security:\n    session_policies:\n      ${line}\n`)
    expect(paths).toEqual([path])
    expect(text).toMatch(message)
  })

  it('takes what is justified', async () => {
    const { text } = await check(
      'session_manager:\n  security:\n    session_policies:\n      profile: pci\n      idle_timeout: 30m\n      justification: Agreed with the assessor (ticket 7).\n',
    )
    expect(text).toBe('')
  })
})

describe('the rules over HTTP', () => {
  it('are told for one session: what is in force and which rule set it', async () => {
    const service = await testService({}, { roles: { admin: { idleTimeout: '5m' } } })
    const { id } = await service.create('alice', { roles: ['admin'] })
    const path = `/api/v1/admin/sessions/${id}/limits`
    const answer = await service.send('GET', path, { key: ADMIN_KEY })
    expect(answer.status).toBe(200)
    expect(await bodyOf(answer)).toMatchObject({
      sessionId: id,
      roles: ['admin'],
      rememberMe: false,
      idleTimeout: { value: 300_000, by: 'role:admin' },
      maxConcurrentSessions: { value: 10, by: 'general' },
      requireReauthAfter: { value: null, by: 'general' },
    })
    expect((await service.send('GET', path, { key: SERVICE_KEY })).status).toBe(401)
    await service.sessions.terminateSession(id)
    expect((await service.send('GET', path, { key: ADMIN_KEY })).status).toBe(404)
  })

  it('are told as a document [DOC-1]', async () => {
    const service = await testService({}, { profile: 'aal2' })
    const answer = await service.send('GET', '/api/v1/admin/policy', { key: ADMIN_KEY })
    expect(answer.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    expect(await answer.text()).toMatch(/^# Session policy\n[\s\S]*Profile: `aal2`/)
  })
})

describe('a node whose clock is wrong', () => {
  it('is not ready when it is off against the store by more than 30 s, and says so [TMO-8]', async () => {
    let off = 0
    const base = await memoryStore()
    let now = (): number => 0
    const storage = { ...base, now: () => Promise.resolve(now() + off) }
    const { send, clock } = await testService({}, { storage })
    now = () => clock.now()
    off = 29_000
    expect((await send('GET', '/readyz')).status).toBe(200)
    off = -31_000
    const answer = await send('GET', '/readyz?verbose')
    expect(answer.status).toBe(503)
    expect(await bodyOf(answer)).toMatchObject({
      status: 'unavailable',
      checks: { clock: 'failed', store: 'ok' },
      reason: expect.stringMatching(/clock/),
    })
  })

  it('is not ready when its own clock was put back by more than 30 s [TMO-8]', async () => {
    const { send, clock } = await testService()
    expect((await send('GET', '/readyz')).status).toBe(200)
    clock.set(clock.now() - 31_000)
    expect((await send('GET', '/readyz')).status).toBe(503)
  })
})
