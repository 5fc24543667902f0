import { expect } from 'vitest'
import type { LegacySource } from '../../../src/legacy/source.js'
import { readSetCookie } from '../raw.js'
import type { HttpCheck, World } from './world.js'

const OLD = 'old.sid'
const PREFIXED = '__Secure-old'

/** A library that keeps everything in the cookie, so that nothing but our own record tells that one was used up. */
const stateless: LegacySource = {
  name: 'stateless',
  read: (credential) => (credential.startsWith('sealed.') ? { id: credential } : undefined),
  load({ id }) {
    const userId = /^sealed\.(\w+)$/.exec(id)?.[1]
    return Promise.resolve(userId === undefined ? undefined : { userId })
  },
  remove: () => Promise.resolve(),
}

const OPTIONS = { legacyCookies: [OLD, PREFIXED] }
const LIMITS = { legacy: [stateless] }

/** What an answer does to cookies: name to value, empty where it takes one back. */
function cookiesIn(answer: Awaited<ReturnType<World['get']>>): Readonly<Record<string, string>> {
  return Object.fromEntries(answer.setCookies.map(readSetCookie).map(({ name, value }) => [name, value]))
}

export const oldCookieChecks: readonly HttpCheck[] = [
  {
    name: 'takes the cookie of an older library once, gives ours for it, and takes it back',
    limits: LIMITS,
    options: OPTIONS,
    async check(world) {
      const answer = await world.get('/me', `theme=dark; ${OLD}=sealed.alice`)
      const { '__Host-id': ours = '', ...others } = cookiesIn(answer)
      expect([answer.body, others]).toEqual(['{"user":"alice"}', { [OLD]: '' }])
      expect(answer.header('cache-control')).toBe('no-store')
      expect((await world.get('/me', `__Host-id=${ours}`)).body).toBe('{"user":"alice"}')
      // Our own cookie decides, whatever else is there; the old one is a leftover then.
      const both = await world.get('/me', `__Host-id=${ours}; ${OLD}=sealed.bob`)
      expect([both.body, cookiesIn(both)]).toEqual(['{"user":"alice"}', {}])
    },
  },
  {
    name: 'gives requests that bring it at once the same session, and refuses a copy after the logout',
    limits: LIMITS,
    options: OPTIONS,
    async check(world) {
      const cookie = `${PREFIXED}=sealed.alice`
      const answers = await Promise.all(Array.from({ length: 10 }, () => world.get('/me', cookie)))
      expect(new Set(answers.map((answer) => JSON.stringify([answer.body, cookiesIn(answer)]))).size).toBe(1)
      expect(await world.bench.manager.getActiveSessions('alice')).toHaveLength(1)
      expect((await world.post('/logout', cookie)).status).toBe(200)
      const copy = await world.get('/me', cookie)
      expect([copy.body, cookiesIn(copy)]).toEqual(['{"user":null}', { [PREFIXED]: '' }])
      expect(copy.setCookies.join()).toContain('Secure')
      expect((await world.get('/required', cookie)).status).toBe(401)
    },
  },
  {
    name: 'leaves a cookie alone with which nobody is logged in, until somebody logs in',
    limits: { ...LIMITS, throttle: { invalidPerMinute: 2 } },
    options: OPTIONS,
    async check(world) {
      for (const value of ['sealed.', 'forged', 's%3Aabc.def', '', 'sid_null', 'sealed.-'])
        for (const answer of [await world.get('/me', `${OLD}=${value}`), await world.get('/public', `${OLD}=${value}`)])
          expect([answer.status, answer.setCookies]).toEqual([200, []])
      expect((await world.get('/me', `${OLD}=sealed.alice; ${OLD}=sealed.bob`)).body).toBe('{"user":null}')
      const login = await world.post('/login?user=carol', `${OLD}=sealed.`)
      expect(cookiesIn(login)).toEqual({ '__Host-id': expect.stringMatching(/^.{82}$/), [OLD]: '' })
    },
  },
  {
    name: 'lets no page of another site use it, and looks at none that was not named',
    limits: LIMITS,
    options: OPTIONS,
    async check(world) {
      const headers = [
        ['Sec-Fetch-Site', 'cross-site'],
        ['Cookie', `${OLD}=sealed.alice`],
      ] as const
      const refused = await world.ask({ method: 'POST', path: '/change', headers })
      expect([refused.status, world.hits(), refused.setCookies]).toEqual([403, 0, []])
      expect((await world.post('/change', `${OLD}=sealed.alice`)).body).toBe('{"changedBy":"alice"}')
      expect((await world.get('/me', 'other.sid=sealed.bob')).body).toBe('{"user":null}')
      expect(
        (
          await world.ask({
            path: '/me',
            headers: [
              ['Authorization', 'Bearer x'],
              ['Cookie', `${OLD}=sealed.bob`],
            ],
          })
        ).body,
      ).toBe('{"user":null}')
    },
  },
  {
    name: 'answers 503 for it while the store does not answer, and leaves it alone [AVL-1]',
    limits: LIMITS,
    options: OPTIONS,
    async check(world) {
      const { bench } = world
      bench.store.fail()
      const answer = await bench.patiently(world.get('/me', `${OLD}=sealed.alice`))
      expect([answer.status, answer.setCookies]).toEqual([503, []])
      bench.store.mend()
      expect((await bench.patiently(world.get('/me', `${OLD}=sealed.alice`))).body).toBe('{"user":"alice"}')
    },
  },
]
