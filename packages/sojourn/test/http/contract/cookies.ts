import { expect } from 'vitest'
import { readSetCookie } from '../raw.js'
import type { HttpCheck } from './world.js'

const DAY = 86_400_000

export const cookieChecks: readonly HttpCheck[] = [
  {
    name: 'sets a cookie with a name that tells nothing, for this host only, out of reach of scripts, and gone with the browser [CKE-1 CKE-2 CKE-3 CKE-4 CKE-6 TOK-12]',
    async check(world) {
      const answer = await world.post('/login')
      expect(answer.setCookies).toHaveLength(1)
      const { name, attributes } = readSetCookie(answer.setCookies[0] ?? '')
      expect(name).toBe('__Host-id')
      expect(attributes).toEqual({ path: '/', httponly: '', secure: '', samesite: 'Lax' })
    },
  },
  {
    name: 'lets a remembered cookie last as long as the session and no longer than 400 days [CKE-6]',
    limits: { absoluteTimeout: '1000d', rememberMe: { lifetime: '500d', idleTimeout: '500d' } },
    async check(world) {
      const lifetimeOf = async (path: string): Promise<string | undefined> =>
        readSetCookie((await world.post(path)).setCookies[0] ?? '').attributes['max-age']
      expect(await lifetimeOf('/login?remember')).toBe(String(400 * 86_400))
      expect(await lifetimeOf('/login')).toBeUndefined()
    },
  },
  {
    name: 'does not trust how long the browser kept the cookie',
    limits: { sessionLifetime: '1d', maxSessionDuration: '1d', idleTimeout: '1d', renewal: { threshold: '1m' } },
    async check(world) {
      const cookie = await world.login('remember')
      await world.bench.clock.advance(8 * DAY)
      expect((await world.get('/me', cookie)).body).toBe('{"user":null}')
    },
  },
  {
    name: 'clears the cookie with the attributes that it was set with [TRM-11]',
    options: { cookie: { domain: 'example.com', sameSite: 'none', partitioned: true } },
    async check(world) {
      const login = await world.post('/login')
      const [set] = login.setCookies
      const cookie = readSetCookie(set ?? '')
      expect([cookie.name, cookie.attributes]).toEqual([
        '__Secure-id',
        { domain: 'example.com', path: '/', httponly: '', secure: '', samesite: 'None', partitioned: '' },
      ])
      const logout = await world.post('/logout', `${cookie.name}=${cookie.value}`)
      const cleared = readSetCookie(logout.setCookies[0] ?? '')
      const { 'max-age': age, expires, ...attributes } = cleared.attributes
      expect([cleared.name, cleared.value, age, expires]).toEqual([cookie.name, '', '0', 'Thu, 01 Jan 1970 00:00:00 GMT'])
      expect(attributes).toEqual(cookie.attributes)
      expect(logout.header('cache-control')).toBe('no-store')
    },
  },
  {
    name: 'takes back a cookie that is proved to be dead, and goes on without a session [ATK-032]',
    async check(world) {
      const cookie = await world.login()
      await world.bench.manager.terminateAllUserSessions('alice')
      const answer = await world.get('/me', cookie)
      expect([answer.status, answer.body]).toEqual([200, '{"user":null}'])
      expect(answer.setCookies).toHaveLength(1)
      expect(readSetCookie(answer.setCookies[0] ?? '').value).toBe('')
      const required = await world.get('/required', cookie)
      expect([required.status, readSetCookie(required.setCookies[0] ?? '').value]).toEqual([401, ''])
    },
  },
  {
    name: 'leaves a cookie that can still be renewed',
    limits: { idleTimeout: '10h', renewal: { auto: false, gracePeriod: '5m' } },
    async check(world) {
      const cookie = await world.login()
      await world.bench.clock.advance(8 * 3_600_000)
      expect((await world.get('/me', cookie)).setCookies).toEqual([])
      expect((await world.post('/renew', cookie)).status).toBe(200)
    },
  },
  {
    name: 'works without encryption only for this host, and then without the prefix [CKE-1]',
    options: { dev: true },
    async check(world) {
      const answer = await world.post('/login')
      const { name, value, attributes } = readSetCookie(answer.setCookies[0] ?? '')
      expect([name, attributes]).toEqual(['id', { path: '/', httponly: '', samesite: 'Lax' }])
      expect((await world.get('/me', `id=${value}`)).body).toBe('{"user":"alice"}')
      for (const host of ['example.com', 'localhost.example.com', '192.168.1.2:3000', '']) {
        const foreign = await world.ask({
          method: 'POST',
          path: '/login',
          headers: [
            ['Host', host],
            ['Sec-Fetch-Site', 'same-origin'],
          ],
        })
        expect([foreign.status >= 400, foreign.setCookies], host).toEqual([true, []])
      }
      expect(
        (
          await world.ask({
            method: 'POST',
            path: '/login',
            headers: [
              ['Host', 'app.localhost:3000'],
              ['Sec-Fetch-Site', 'same-origin'],
            ],
          })
        ).status,
      ).toBe(200)
    },
  },
]
