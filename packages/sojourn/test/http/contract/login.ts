import { expect } from 'vitest'
import { readSetCookie } from '../raw.js'
import { cookieOf, type HttpCheck } from './world.js'

export const loginChecks: readonly HttpCheck[] = [
  {
    name: 'always gives a new token, and ends the session that the request came with, whosever it was [LIF-1 ATK-001 ATK-002]',
    async check(world) {
      const planted = await world.login('user=mallory')
      const fresh = await world.login('user=alice', planted)
      expect(fresh).not.toBe(planted)
      expect((await world.get('/me', planted)).body).toBe('{"user":null}')
      expect((await world.get('/me', fresh)).body).toBe('{"user":"alice"}')
      const again = await world.login('user=alice', fresh)
      expect((await world.get('/me', fresh)).body).toBe('{"user":null}')
      expect((await world.get('/me', again)).body).toBe('{"user":"alice"}')
      expect(await world.bench.manager.getActiveSessions('alice')).toHaveLength(1)
    },
  },
  {
    name: 'never adopts a token that the client chose [ATK-004 LIF-1]',
    async check(world) {
      const chosen = 'Z'.repeat(82)
      const cookie = await world.login('user=alice', `__Host-id=${chosen}`)
      expect(cookie).not.toContain(chosen)
      expect((await world.get('/me', `__Host-id=${chosen}`)).body).toBe('{"user":null}')
    },
  },
  {
    name: 'does not put the token of a cookie into a body as well [CKE-10]',
    async check(world) {
      const answer = await world.post('/login')
      const [, token = ''] = cookieOf(answer).split('=')
      expect(token).toMatch(/^[\w-]{82}$/)
      expect(answer.body).not.toContain(token)
      expect(JSON.parse(answer.body)).not.toHaveProperty('token')
    },
  },
  {
    name: 'gives a bearer client its token in the answer and no cookie [CKE-10]',
    async check(world) {
      const answer = await world.ask({ method: 'POST', path: '/token' })
      expect(answer.setCookies).toEqual([])
      const { token } = JSON.parse(answer.body) as { token: string }
      const headers = [['Authorization', `Bearer ${token}`]] as const
      expect((await world.ask({ path: '/me', headers })).body).toBe('{"user":"alice"}')
      const logout = await world.ask({ method: 'POST', path: '/logout', headers })
      expect([logout.status, logout.setCookies]).toEqual([200, []])
      expect((await world.ask({ path: '/me', headers })).body).toBe('{"user":null}')
    },
  },
  {
    name: 'logs out, and again, and with a session that is over, and with none [TRM-11 TRM-12]',
    limits: { idleTimeout: '30m', renewal: { auto: false } },
    async check(world) {
      const cookie = await world.login()
      const expired = await world.login('user=bob')
      for (const sent of [cookie, cookie, undefined, '__Host-id=', '__Host-id=nonsense']) {
        const answer = await world.post('/logout', sent)
        expect(answer.status).toBe(200)
        expect(readSetCookie(answer.setCookies[0] ?? '').value).toBe('')
        expect(answer.header('cache-control')).toBe('no-store')
      }
      expect((await world.get('/me', cookie)).body).toBe('{"user":null}')
      await world.bench.clock.advance(3_600_000)
      expect((await world.post('/logout', expired)).status).toBe(200)
    },
  },
  {
    name: 'does not log out by GET, which any image on any page sends [TRM-12 CSR-5 ATK-105]',
    async check(world) {
      const cookie = await world.login()
      for (const site of ['cross-site', 'same-origin', 'none']) {
        const answer = await world.ask({
          path: '/logout',
          headers: [
            ['Cookie', cookie],
            ['Sec-Fetch-Site', site],
          ],
        })
        expect([answer.status, answer.setCookies]).toEqual([403, []])
      }
      expect((await world.get('/me', cookie)).body).toBe('{"user":"alice"}')
    },
  },
  {
    name: 'tells the browser to forget what it was configured to forget',
    options: { clearSiteData: ['cache', 'storage'] },
    async check(world) {
      const cookie = await world.login()
      expect((await world.get('/me', cookie)).header('clear-site-data')).toBeUndefined()
      expect((await world.post('/logout', cookie)).header('clear-site-data')).toBe('"cache", "storage"')
    },
  },
  {
    name: 'clears the cookie once and sets none where a logout follows a renewal on the way',
    limits: { idleTimeout: '10h' },
    async check(world) {
      const cookie = await world.login()
      await world.bench.clock.advance(7.5 * 3_600_000)
      const answer = await world.post('/logout', cookie)
      expect(answer.setCookies.map((line) => readSetCookie(line).value)).toEqual([''])
      expect((await world.get('/me', cookie)).body).toBe('{"user":null}')
    },
  },
]
