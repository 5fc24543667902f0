import { expect } from 'vitest'
import { type RawAnswer, readSetCookie } from '../raw.js'
import { type HttpCheck, OWN_PAGE } from './world.js'

const REFRESH = '__Secure-id-refresh'
const SETTING = {
  limits: { refreshToken: true, accessLifetime: '5m', idleTimeout: '8h' },
  options: { refreshCookie: { path: '/auth' } },
} as const

type Jar = Readonly<Record<string, string>>

/** The cookies after this answer, by their names. */
const jarOf = (answer: RawAnswer, before: Jar = {}): Jar => ({
  ...before,
  ...Object.fromEntries(answer.setCookies.map(readSetCookie).map(({ name, value }) => [name, value])),
})
const sent = (jar: Jar, ...names: readonly string[]): string =>
  (names.length === 0 ? Object.keys(jar) : names).map((name) => `${name}=${jar[name] ?? ''}`).join('; ')

export const refreshCookieChecks: readonly HttpCheck[] = [
  {
    name: 'sets two cookies: one for everything, one that renews, for one path and for pages of this site only [CKE-1 CKE-10]',
    ...SETTING,
    async check(world) {
      const answer = await world.post('/login')
      const [access, refresh] = answer.setCookies.map(readSetCookie)
      expect([access?.name, refresh?.name]).toEqual(['__Host-id', REFRESH])
      expect(refresh?.attributes).toEqual({ path: '/auth', httponly: '', secure: '', samesite: 'Strict' })
      expect(refresh?.value).not.toBe(access?.value)
      for (const { value } of answer.setCookies.map(readSetCookie)) expect(answer.body).not.toContain(value)
      expect(JSON.parse(answer.body)).not.toHaveProperty('refreshToken')
      const remembered = (await world.post('/login?remember')).setCookies.map(readSetCookie)
      expect(remembered.map(({ attributes }) => attributes['max-age'] !== undefined)).toEqual([true, true])
    },
  },
  {
    name: 'renews with the second cookie once the first is over, also without the first, and never opens anything with it',
    ...SETTING,
    async check(world) {
      const jar = jarOf(await world.post('/login'))
      expect((await world.get('/me', sent(jar, '__Host-id'))).body).toBe('{"user":"alice"}')
      expect((await world.get('/me', `__Host-id=${jar[REFRESH]}`)).body).toBe('{"user":null}')
      await world.bench.clock.advance(301_000)
      const over = await world.get('/me', sent(jar, '__Host-id'))
      expect([over.body, over.setCookies]).toEqual(['{"user":null}', []])
      const renewed = await world.post('/auth/renew', sent(jar))
      const next = jarOf(renewed, jar)
      expect(next[REFRESH]).not.toBe(jar[REFRESH])
      expect((await world.get('/me', sent(next, '__Host-id'))).body).toBe('{"user":"alice"}')
      await world.bench.clock.advance(301_000)
      const again = jarOf(await world.post('/auth/renew', sent(next, REFRESH)), next)
      expect((await world.get('/me', sent(again, '__Host-id'))).body).toBe('{"user":"alice"}')
    },
  },
  {
    name: 'takes both back when the refresh token was stolen and used twice, and at the logout [TRM-11]',
    ...SETTING,
    async check(world) {
      const jar = jarOf(await world.post('/login'))
      let next = jar
      for (let round = 0; round < 3; round++) {
        await world.bench.clock.advance(301_000)
        next = jarOf(await world.post('/auth/renew', sent(next)), next)
        await world.get('/me', sent(next, '__Host-id'))
      }
      const stolen = await world.post('/auth/renew', sent(jar))
      expect(stolen.status).toBe(401)
      expect(stolen.setCookies.map(readSetCookie).map(({ name, value }) => [name, value])).toEqual([
        ['__Host-id', ''],
        [REFRESH, ''],
      ])
      expect((await world.get('/me', sent(next, '__Host-id'))).body).toBe('{"user":null}')

      const other = jarOf(await world.post('/login'))
      const out = await world.post('/auth/logout', sent(other, REFRESH))
      const cleared = out.setCookies.map(readSetCookie)
      expect(cleared.map(({ value }) => value)).toEqual(['', ''])
      expect(cleared[1]?.attributes).toMatchObject({ path: '/auth', samesite: 'Strict', secure: '', httponly: '' })
      expect((await world.get('/me', sent(other, '__Host-id'))).body).toBe('{"user":null}')
      expect((await world.post('/auth/renew', sent(other))).status).toBe(401)
    },
  },
  {
    name: 'is renewed by no page of another site [CSR-1]',
    ...SETTING,
    async check(world) {
      const jar = jarOf(await world.post('/login'))
      await world.bench.clock.advance(301_000)
      for (const names of [[], [REFRESH]])
        for (const headers of [[['Sec-Fetch-Site', 'cross-site']], [['Origin', 'https://evil.example']], []] as const) {
          const answer = await world.ask({ method: 'POST', path: '/auth/renew', headers: [...headers, ['Cookie', sent(jar, ...names)]] })
          expect([answer.status, answer.setCookies]).toEqual([403, []])
        }
      const two = `${REFRESH}=${jar[REFRESH]}; ${REFRESH}=${'A'.repeat(82)}`
      expect((await world.post('/auth/renew', two)).status).toBe(401)
      expect((await world.post('/auth/renew', sent(jar))).status).toBe(200)
    },
  },
  {
    name: 'leaves both cookies alone while the store does not answer [AVL-1]',
    ...SETTING,
    async check(world) {
      const jar = jarOf(await world.post('/login'))
      await world.bench.clock.advance(301_000)
      world.bench.store.fail()
      const asking = world.bench.patiently(
        world.ask({ method: 'POST', path: '/auth/renew', headers: [...OWN_PAGE, ['Cookie', sent(jar)]] }),
      )
      const answer = await asking
      expect([answer.status, answer.setCookies]).toEqual([503, []])
      world.bench.store.mend()
      expect((await world.post('/auth/renew', sent(jar))).status).toBe(200)
    },
  },
]
