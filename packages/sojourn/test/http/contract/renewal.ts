import { expect } from 'vitest'
import { cookieOf, type HttpCheck } from './world.js'

const HOUR = 3_600_000

export const renewalChecks: readonly HttpCheck[] = [
  {
    name: 'renews by itself on the way and sets the new cookie, never in a body',
    limits: { idleTimeout: '10h' },
    async check(world) {
      const cookie = await world.login()
      await world.bench.clock.advance(7.5 * HOUR)
      const answer = await world.get('/me', cookie)
      const next = cookieOf(answer)
      expect(answer.body).toBe('{"user":"alice"}')
      expect(next).not.toBe(cookie)
      expect(answer.header('cache-control')).toBe('no-store')
      expect((await world.get('/me', next)).body).toBe('{"user":"alice"}')
    },
  },
  {
    name: 'makes no new token on the way for a bearer client, who could not be given it',
    limits: { idleTimeout: '10h' },
    async check(world) {
      const { token, id } = JSON.parse((await world.post('/token')).body) as { token: string; id: string }
      await world.bench.clock.advance(7.5 * HOUR)
      const headers = [['Authorization', `Bearer ${token}`]] as const
      expect((await world.ask({ path: '/me', headers })).body).toBe('{"user":"alice"}')
      expect(await world.bench.manager.getSession(id)).toMatchObject({ renewals: 0 })
      const renewed = await world.ask({ method: 'POST', path: '/renew', headers })
      expect(JSON.parse(renewed.body)).toMatchObject({ id, renewals: 1, token: expect.stringMatching(/^[\w-]{82}$/) })
      expect(renewed.setCookies).toEqual([])
    },
  },
  {
    name: 'gives parallel requests the same new cookie [LIF-7]',
    limits: { idleTimeout: '10h' },
    async check(world) {
      const cookie = await world.login()
      await world.bench.clock.advance(7.5 * HOUR)
      const answers = await Promise.all(Array.from({ length: 12 }, () => world.get('/me', cookie)))
      expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set(['{"user":"alice"}']))
      expect(new Set(answers.map(cookieOf)).size).toBe(1)
    },
  },
  {
    name: 'accepts the old cookie for a short grace only, and not at all once it is logged out [LIF-7]',
    limits: { idleTimeout: '10h', renewal: { gracePeriod: '10s' } },
    async check(world) {
      const cookie = await world.login()
      await world.bench.clock.advance(7.5 * HOUR)
      const next = cookieOf(await world.get('/me', cookie))
      await world.get('/me', next)
      await world.bench.clock.advance(9_000)
      expect((await world.get('/me', cookie)).body).toBe('{"user":"alice"}')
      await world.post('/logout', next)
      expect((await world.get('/me', cookie)).body).toBe('{"user":null}')
    },
  },
  {
    name: 'says when a renewal comes too early, and refuses one without a session',
    async check(world) {
      const cookie = await world.login()
      const early = await world.post('/renew', cookie)
      expect([early.status, Number(early.header('retry-after')) > 0]).toEqual([409, true])
      const none = await world.post('/renew')
      expect([none.status, none.header('www-authenticate')]).toEqual([401, 'Bearer realm="session"'])
    },
  },
]
