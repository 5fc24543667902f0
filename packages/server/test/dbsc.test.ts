import { memoryStore } from 'sojourn/memory'
import { describe, expect, it } from 'vitest'
import { probedStore } from '../../sojourn/test/behaviour/probed-store.js'
import { type Serve, type SimulatedBrowser, simulatedBrowser } from '../../sojourn/test/support/simulated-browser.js'
import { loadConfig } from '../src/index.js'
import { configFile } from './support/config.js'
import { bodyOf, problemOf, SERVICE_KEY, type TestService, testService } from './support/service.js'

const MINUTE = 60_000
const PATH = '/api/v1/auth/dbsc'
const SESSION = '/api/v1/auth/session'
const options = { deviceBound: { enabled: true, path: PATH } }

interface Scene extends TestService {
  readonly browser: SimulatedBrowser
  readonly token: string
  readonly id: string
}

/** A browser in front of the service, after a login that an application made for it. */
async function scene(more: Parameters<typeof testService>[1] = {}): Promise<Scene> {
  const service = await testService({}, { ...options, ...more })
  const serve: Serve = async ({ method, path, headers }) => {
    const answer = await service.send(method, path, { headers })
    return { status: answer.status, headers: answer.headers, body: await answer.text() }
  }
  const browser = simulatedBrowser(serve, service.clock)
  const created = await service.send('POST', '/api/v1/sessions', { key: SERVICE_KEY, json: { userId: 'alice' } })
  const { token, id } = await bodyOf<{ token: string; id: string }>(created)
  const registration = created.headers.get('secure-session-registration') ?? ''
  await browser.receive(
    new Headers({
      'Set-Cookie': `__Host-id=${token}; Path=/; Secure; HttpOnly; SameSite=Lax`,
      'Secure-Session-Registration': registration,
    }),
  )
  return { ...service, browser, token, id }
}

describe('a browser that binds its session at the service', () => {
  it('goes on reading for hours, and the stolen cookie reads nothing [DBS-1 DBS-6 DBS-11]', async () => {
    const { browser, clock, send, token, id } = await scene()
    for (let i = 0; i < 10; i++) {
      await clock.advance(9 * MINUTE)
      const answer = await browser.visit('GET', SESSION)
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.body)).toMatchObject({ id, deviceBoundSince: expect.any(String) })
    }
    for (const sent of [
      { cookie: `__Host-id=${token}` },
      { key: token },
      { cookie: `__Host-id=${token}`, headers: { 'secure-session-skipped': 'unreachable' } },
    ]) {
      const answer = await send('GET', SESSION, sent)
      expect(answer.status).toBe(401)
      // The browser that is meant still needs its long cookie.
      expect(answer.headers.has('set-cookie')).toBe(false)
      expect(await problemOf(answer)).toMatchObject({ code: 'CONTEXT_MISMATCH', reason: 'proof.device' })
    }
  })

  it('forgets it after the logout [DBS-16]', async () => {
    const { browser, clock } = await scene()
    const long = browser.cookies.get('__Host-id')!
    expect((await browser.visit('POST', '/api/v1/auth/logout')).status).toBe(204)
    browser.cookies.set('__Host-id', long)
    await clock.advance(10 * MINUTE)
    expect((await browser.visit('GET', SESSION)).status).toBe(401)
    expect(browser.bound.size).toBe(0)
  })

  it('keeps it through an outage of the store [DBS-7 ATK-133]', async () => {
    const store = probedStore(await memoryStore())
    const { browser, clock } = await scene({ storage: store })
    await clock.advance(10 * MINUTE)
    store.fail()
    expect((await browser.visit('GET', SESSION)).status).toBe(503)
    expect(browser.ownRequests.at(-1)).toEqual({ path: `${PATH}/refresh`, status: 503 })
    store.mend()
    expect((await browser.visit('GET', SESSION)).status).toBe(200)
  })

  it('can log out without its short cookie: nobody gains by that', async () => {
    const { send, token, clock } = await scene()
    await clock.advance(10 * MINUTE)
    const answer = await send('POST', '/api/v1/auth/logout', {
      cookie: `__Host-id=${token}`,
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    expect([202, 204]).toContain(answer.status)
  })
})

describe('the calls of browsers themselves', () => {
  it('carry the headers of every answer and allow no other origin [DBS-13 ATK-135]', async () => {
    const { send } = await scene()
    for (const path of [`${PATH}/register`, `${PATH}/refresh`]) {
      const answer = await send('POST', path, { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } })
      expect([401, 403]).toContain(answer.status)
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
      expect((await send('GET', path)).status).toBe(405)
    }
  })

  it('are not there unless that is configured', async () => {
    const { send } = await testService()
    expect((await send('POST', `${PATH}/register`)).status).toBe(404)
    const created = await send('POST', '/api/v1/sessions', { key: SERVICE_KEY, json: { userId: 'alice' } })
    expect(created.headers.has('secure-session-registration')).toBe(false)
  })
})

describe('the configuration', () => {
  it('has names for all of it', async () => {
    const file = await configFile(`
session_manager:
  device_bound: { enabled: true, cookie_max_age: 5m, challenge_ttl: 12m, grace: 10s, cookie_name: __Host-b, algorithms: [ES256, RS256] }
  dpop: { enabled: true, public_urls: ["https://a.example"], proof_lifetime: 1m, nonce: always }
`)
    const { sessions } = await loadConfig({ environment: { SOJOURN_CONFIG: file } })
    expect(sessions).toMatchObject({
      deviceBound: {
        enabled: true,
        path: PATH,
        cookieMaxAge: '5m',
        challengeTtl: '12m',
        grace: '10s',
        cookieName: '__Host-b',
        algorithms: ['ES256', 'RS256'],
      },
      dpop: { enabled: true, publicUrl: ['https://a.example'], proofLifetime: '1m', nonce: 'always' },
    })
  })

  it.each([
    ['dpop: { enabled: true }', 'session_manager.dpop.enabled'],
    ['device_bound: { challenge_ttl: 5m }', 'session_manager.device_bound.challenge_ttl'],
    ['device_bound: { algorithms: [none] }', 'session_manager.device_bound.algorithms'],
  ])('refuses %s with its place', async (yaml, path) => {
    const file = await configFile(`session_manager:\n  ${yaml}\n`)
    await expect(loadConfig({ environment: { SOJOURN_CONFIG: file } })).rejects.toThrow(path)
  })
})
