import { expect } from 'vitest'
import type { HttpCheck } from './world.js'

export const guardChecks: readonly HttpCheck[] = [
  {
    name: 'demands a session: 401 without an error code where none was sent, with one where it is not good [OAU-3 ERR-1]',
    async check(world) {
      const cookie = await world.login()
      expect((await world.get('/required', cookie)).body).toBe('let in')
      const none = await world.get('/required')
      expect([none.status, none.header('www-authenticate')]).toEqual([401, 'Bearer realm="session"'])
      const wrong = await world.ask({ path: '/required', headers: [['Authorization', 'Bearer wrong']] })
      expect([wrong.status, wrong.header('www-authenticate')]).toEqual([401, 'Bearer realm="session", error="invalid_token"'])
      for (const answer of [none, wrong]) {
        expect(answer.header('content-type')).toMatch(/^application\/problem\+json/)
        expect(answer.header('cache-control')).toBe('no-store')
        const problem = JSON.parse(answer.body)
        expect(problem).toMatchObject({
          status: answer.status,
          type: expect.stringMatching(/^https:\/\//),
          title: expect.any(String),
          code: 'TOKEN_MALFORMED',
        })
        expect(answer.body).not.toMatch(/stack|at .*\.[jt]s/)
      }
    },
  },
  {
    name: 'demands permissions and roles: 403 with the scope that is missing [OAU-3]',
    async check(world) {
      const poor = await world.login('permissions=reports.read')
      const answer = await world.get('/permitted', poor)
      expect([answer.status, answer.header('www-authenticate')]).toEqual([
        403,
        'Bearer realm="session", error="insufficient_scope", scope="reports.read reports.write"',
      ])
      expect((await world.get('/role', poor)).status).toBe(403)
      const rich = await world.login('permissions=reports.read,reports.write')
      expect((await world.get('/permitted', rich)).body).toBe('let in')
    },
  },
  {
    name: 'demands a login that is recent and strong enough, and says so as RFC 9470 does [STP-1 OAU-4]',
    async check(world) {
      const challenge = 'Bearer realm="session", error="insufficient_user_authentication", acr_values="gold silver", max_age="300"'
      const cookie = await world.login('acr=silver')
      expect((await world.get('/recent', cookie)).body).toBe('let in')
      const weak = await world.get('/recent', await world.login('acr=tin'))
      expect([weak.status, weak.header('www-authenticate')]).toEqual([401, challenge])
      await world.bench.clock.advance(300_001)
      const old = await world.get('/recent', cookie)
      expect([old.status, old.header('www-authenticate')]).toEqual([401, challenge])
      expect(JSON.parse(old.body)).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED' })
      expect(old.setCookies).toEqual([])
      expect((await world.get('/required', cookie)).body).toBe('let in')
    },
  },
  {
    name: 'answers what a route throws with its own status and challenge [ERR-1]',
    async check(world) {
      const answer = await world.get('/thrown')
      expect([answer.status, answer.header('www-authenticate')]).toEqual([401, 'Bearer realm="session"'])
      expect(answer.header('content-type')).toMatch(/^application\/problem\+json/)
      expect((await world.get('/thrown', await world.login())).body).toBe('alice')
    },
  },
]
