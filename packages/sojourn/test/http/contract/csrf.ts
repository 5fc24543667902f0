import { expect } from 'vitest'
import { dangerouslyLetOtherSitesSendRequestsTo } from '../../../src/http/csrf.js'
import type { RawAnswer } from '../raw.js'
import { LISTED, OWN, PAGES } from './pages.js'
import type { HttpCheck, World } from './world.js'

type Headers = ReadonlyArray<readonly [string, string]>

const change = (world: World, headers: Headers, more: { readonly method?: string; readonly body?: string } = {}): Promise<RawAnswer> =>
  world.ask({ method: 'POST', path: '/change', headers, ...more })

async function pageToken(world: World, cookie: string): Promise<string> {
  return (JSON.parse((await world.get('/csrf', cookie)).body) as { token: string }).token
}

export const csrfChecks: readonly HttpCheck[] = [
  {
    name: 'lets in what a page of ours sent, and runs nothing for any other [CSR-1 CSR-2 CSR-10 ATK-101 ATK-103]',
    options: { publicUrl: OWN, csrf: { allowedOrigins: [LISTED] } },
    async check(world) {
      const cookie = await world.login()
      for (const [allowed, headers] of PAGES) {
        const hits = world.hits()
        const answer = await change(world, [['Cookie', cookie], ...Object.entries(headers)])
        expect([answer.status, world.hits() - hits], JSON.stringify(headers)).toEqual(allowed ? [200, 1] : [403, 0])
        if (allowed) continue
        expect(JSON.parse(answer.body)).toMatchObject({ code: 'CSRF_REJECTED', status: 403 })
        expect([answer.setCookies, answer.header('cache-control')]).toEqual([[], 'no-store'])
        expect(answer.header('vary')).toContain('Sec-Fetch-Site')
      }
      expect((await world.get('/me', cookie)).body).toBe('{"user":"alice"}')
      expect(world.suspicions.every(({ kind, refused }) => kind === 'csrf' && refused)).toBe(true)
    },
  },
  {
    name: 'guards PUT and every method that it does not know as well, and reads without any header [CSR-5]',
    async check(world) {
      const cookie = await world.login()
      const answer = await change(
        world,
        [
          ['Cookie', cookie],
          ['Sec-Fetch-Site', 'cross-site'],
        ],
        { method: 'PUT' },
      )
      expect(answer.status).toBe(403)
      for (const site of ['cross-site', 'same-site']) {
        expect(
          (
            await world.ask({
              path: '/me',
              headers: [
                ['Cookie', cookie],
                ['Sec-Fetch-Site', site],
              ],
            })
          ).body,
        ).toBe('{"user":"alice"}')
      }
    },
  },
  {
    name: 'compares with the origin that the request names where no public URL is configured, scheme included [CSR-2 ATK-101]',
    async check(world) {
      const cookie = await world.login()
      for (const [origin, status] of [
        [world.url, 200],
        [world.url.replace('http:', 'https:'), 403],
        ['http://localhost', 403],
      ] as const) {
        expect(
          (
            await change(world, [
              ['Cookie', cookie],
              ['Origin', origin],
            ])
          ).status,
          origin,
        ).toBe(status)
      }
    },
  },
  {
    name: 'demands the token of the page where the browser says nothing [CSR-3 CSR-4 ATK-100]',
    async check(world) {
      const cookie = await world.login()
      const token = await pageToken(world, cookie)
      const [random = '', signature = ''] = token.split('.')
      for (const sent of [
        '',
        'x',
        token.slice(1),
        `${token}x`,
        `${random}.${random}`,
        `${signature}.${random}`,
        cookie.split('=')[1] ?? '',
      ]) {
        expect(
          (
            await change(world, [
              ['Cookie', cookie],
              ['X-CSRF-Token', sent],
            ])
          ).status,
        ).toBe(403)
      }
      expect((await change(world, [['Cookie', cookie]])).status).toBe(403)
      expect((await change(world, [['Cookie', `${cookie}; X-CSRF-Token=${token}; _csrf=${token}`]])).status).toBe(403)
      expect(
        (
          await change(world, [
            ['Cookie', cookie],
            ['X-CSRF-Token', token],
          ])
        ).status,
      ).toBe(200)
      expect(world.hits()).toBe(2)
    },
  },
  {
    name: 'makes another page token each time, and takes none for a page of another site [CSR-4 ATK-102]',
    async check(world) {
      const cookie = await world.login()
      const [one, two] = [await pageToken(world, cookie), await pageToken(world, cookie)]
      expect(one).not.toBe(two)
      for (const token of [one, two])
        expect(
          (
            await change(world, [
              ['Cookie', cookie],
              ['X-CSRF-Token', token],
            ])
          ).status,
        ).toBe(200)
      expect(
        (
          await change(world, [
            ['Cookie', cookie],
            ['X-CSRF-Token', one],
            ['Sec-Fetch-Site', 'cross-site'],
          ])
        ).status,
      ).toBe(403)
      expect(
        (
          await change(world, [
            ['Cookie', cookie],
            ['X-CSRF-Token', one],
            ['Origin', 'https://evil.com'],
          ])
        ).status,
      ).toBe(403)
    },
  },
  {
    name: 'takes no page token of another user, nor of the same one before the login [CSR-4 ATK-003]',
    async check(world) {
      const before = await world.login('user=alice')
      const old = await pageToken(world, before)
      const other = await pageToken(world, await world.login('user=mallory'))
      const cookie = await world.login('user=alice', before)
      for (const token of [old, other])
        expect(
          (
            await change(world, [
              ['Cookie', cookie],
              ['X-CSRF-Token', token],
            ])
          ).status,
        ).toBe(403)
      expect(
        (
          await change(world, [
            ['Cookie', cookie],
            ['X-CSRF-Token', await pageToken(world, cookie)],
          ])
        ).status,
      ).toBe(200)
    },
  },
  {
    name: 'keeps the page token good when the session is renewed',
    limits: { idleTimeout: '10h' },
    async check(world) {
      const cookie = await world.login()
      const token = await pageToken(world, cookie)
      await world.bench.clock.advance(7.5 * 3_600_000)
      expect(
        (
          await change(world, [
            ['Cookie', cookie],
            ['X-CSRF-Token', token],
          ])
        ).status,
      ).toBe(200)
    },
  },
  {
    name: 'decides the same whatever the body is called [CSR-6 ATK-104]',
    async check(world) {
      const cookie = await world.login()
      const hits = world.hits()
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'APPLICATION/JSON',
        'text/plain; application/json',
        'a/b',
        '',
      ]) {
        for (const site of [[], [['Sec-Fetch-Site', 'cross-site']]] as const) {
          const headers: Headers = [['Cookie', cookie], ...(type === '' ? [] : [['Content-Type', type] as const]), ...site]
          expect((await change(world, headers, { body: '{"a":1}' })).status, type).toBe(403)
        }
      }
      expect(world.hits()).toBe(hits)
    },
  },
  {
    name: 'lets another site neither log anybody in nor out, also where the browser sends no cookie along [CSR-7 ATK-105]',
    async check(world) {
      const cookie = await world.login()
      for (const headers of [
        [['Sec-Fetch-Site', 'cross-site']],
        [['Origin', 'https://evil.com']],
        [['Origin', 'null']],
        [['Referer', 'https://evil.com/']],
      ] as const) {
        for (const path of ['/login?user=mallory', '/logout']) {
          for (const sent of [headers, [...headers, ['Cookie', cookie] as const]]) {
            const answer = await world.ask({ method: 'POST', path, headers: sent })
            expect([answer.status, answer.setCookies], path).toEqual([403, []])
          }
        }
        expect((await world.ask({ path: '/login', headers })).status).toBe(403)
      }
      expect(await world.bench.manager.getActiveSessions('mallory')).toEqual([])
      expect((await world.get('/me', cookie)).body).toBe('{"user":"alice"}')
    },
  },
  {
    name: 'lets a program log in that says nothing and has no cookie, and asks no bearer client for its page',
    async check(world) {
      expect((await world.ask({ method: 'POST', path: '/login' })).status).toBe(200)
      const { token } = JSON.parse((await world.ask({ method: 'POST', path: '/token' })).body) as { token: string }
      expect(
        (
          await change(world, [
            ['Authorization', `Bearer ${token}`],
            ['Sec-Fetch-Site', 'cross-site'],
          ])
        ).status,
      ).toBe(200)
    },
  },
  {
    name: 'lets everything through and counts what it would refuse, where it only logs [CSR-9]',
    options: { csrf: { mode: 'log-only' } },
    async check(world) {
      const cookie = await world.login()
      expect(
        (
          await change(world, [
            ['Cookie', cookie],
            ['Sec-Fetch-Site', 'cross-site'],
          ])
        ).status,
      ).toBe(200)
      expect((await change(world, [['Cookie', cookie]])).status).toBe(200)
      expect(
        (
          await change(world, [
            ['Cookie', cookie],
            ['Sec-Fetch-Site', 'same-origin'],
          ])
        ).status,
      ).toBe(200)
      expect(world.suspicions).toEqual([
        { kind: 'csrf', refused: false },
        { kind: 'csrf', refused: false },
      ])
    },
  },
  {
    name: 'takes exactly the paths out that were named, however others are spelled [CSR-9 ATK-109]',
    options: { csrf: { exempt: dangerouslyLetOtherSitesSendRequestsTo('/callback', '/hook') } },
    async check(world) {
      const headers: Headers = [['Sec-Fetch-Site', 'cross-site']]
      expect((await world.ask({ path: '/callback?state=x', headers })).setCookies).toHaveLength(1)
      const cookie = await world.login()
      for (const path of [
        '/change?/callback',
        '/change?x=/hook',
        '/change#/hook',
        '/hook/../change',
        '/Callback',
        '/callback/',
        '/%63allback',
        '//callback',
        '/change;/hook',
      ]) {
        const answer = await world.ask({ method: 'POST', path, headers: [...headers, ['Cookie', cookie]] })
        expect(answer.status, path).toBeGreaterThanOrEqual(400)
      }
      expect(world.hits()).toBe(1)
    },
  },
]
