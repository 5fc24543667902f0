import { expect } from 'vitest'
import { dpopProof } from '../../support/dpop-proof.js'
import { testKey } from '../../support/proof-key.js'
import { type SimulatedBrowser, simulatedBrowser } from '../../support/simulated-browser.js'
import type { RawAnswer } from '../raw.js'
import type { HttpCheck, World } from './world.js'

const ORIGIN = 'https://api.example.com'

/** A browser of the draft, over the wire. */
const browserOf = (world: World): SimulatedBrowser =>
  simulatedBrowser(async ({ method, path, headers }) => {
    const answer = await world.ask({ method, path, headers: Object.entries(headers) })
    const own = new Headers()
    for (const name of ['secure-session-registration', 'secure-session-challenge', 'cache-control', 'content-type']) {
      const value = answer.header(name)
      if (value !== undefined) own.set(name, value)
    }
    for (const line of answer.setCookies) own.append('Set-Cookie', line)
    return { status: answer.status, headers: own, body: answer.body }
  }, world.bench.clock)

export const proofChecks: readonly HttpCheck[] = [
  {
    name: 'binds a browser that can at its login, and refuses its cookie elsewhere [DBS-1 DBS-2]',
    limits: { deviceBound: { enabled: true }, idleTimeout: '8h' },
    async check(world) {
      const browser = browserOf(world)
      await browser.visit('POST', '/login')
      expect(browser.ownRequests).toEqual([{ path: '/auth/dbsc/register', status: 200 }])
      expect((await browser.visit('GET', '/me')).body).toBe('{"user":"alice"}')
      // Requests that were under way at the login have a grace.
      await world.bench.clock.advance(300_000)
      const copied = browser.cookies.get('__Host-id')?.value ?? ''
      const stolen = await world.get('/required', `__Host-id=${copied}`)
      expect([stolen.status, stolen.setCookies]).toEqual([401, []])
      expect(JSON.parse(stolen.body)).toMatchObject({ code: 'CONTEXT_MISMATCH' })
      await world.bench.clock.advance(601_000)
      expect((await browser.visit('GET', '/me')).body).toBe('{"user":"alice"}')
      expect(browser.ownRequests.map(({ path }) => path)).toContain('/auth/dbsc/refresh')
      await browser.visit('POST', '/logout')
      expect((await browser.visit('GET', '/me')).body).toBe('{"user":null}')
    },
  },
  {
    name: 'asks neither programs nor visitors to bind anything, and leaves other addresses to the application [DBS-1]',
    limits: { deviceBound: { enabled: true } },
    async check(world) {
      const token = await world.ask({ method: 'POST', path: '/token' })
      const visitor = await world.post('/visit')
      for (const answer of [token, visitor]) expect(answer.header('secure-session-registration')).toBeUndefined()
      expect((await world.post('/login')).header('secure-session-registration')).toContain('/auth/dbsc/register')
      for (const path of ['/auth/dbsc/other', '/auth/dbsc']) expect((await world.post(path)).status).toBe(404)
      const nobody = await world.ask({ method: 'POST', path: '/auth/dbsc/register' })
      expect([nobody.status, nobody.header('content-type')]).toEqual([401, expect.stringMatching(/^application\/json/)])
    },
  },
  {
    name: 'opens a token that is bound to a key by a proof, once [DPP-2 DPP-3]',
    limits: { dpop: { enabled: true, publicUrl: ORIGIN } },
    options: { publicUrl: ORIGIN },
    async check(world) {
      const key = testKey()
      const login = await world.ask({ method: 'POST', path: `/bound-token?jkt=${key.jkt}` })
      const { token } = JSON.parse(login.body) as { token: string }
      const asked = (proof: string | undefined, scheme = 'DPoP'): Promise<RawAnswer> =>
        world.ask({
          path: '/required?page=2',
          headers: [['Authorization', `${scheme} ${token}`], ...(proof === undefined ? [] : [['DPoP', proof] as const])],
        })
      const proof = (by = key, url = `${ORIGIN}/required`): string =>
        dpopProof(by, { method: 'GET', url, token, now: world.bench.clock.now() })
      const good = proof()
      const first = await asked(good)
      expect([first.status, first.body]).toEqual([200, 'let in'])
      expect(first.header('dpop-nonce')).toMatch(/^[\w-]{22}$/)
      for (const wrong of [good, proof(testKey()), proof(key, 'https://evil.example/required'), undefined]) {
        const refused = await asked(wrong)
        expect([refused.status, refused.header('www-authenticate')?.split(' ')[0]]).toEqual([401, 'DPoP'])
      }
      expect((await asked(undefined, 'Bearer')).status).toBe(401)
      expect((await asked(proof())).status).toBe(200)
    },
  },
]
