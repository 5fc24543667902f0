import { expect } from 'vitest'
import { cookieOf, type HttpCheck } from './world.js'

export const outageChecks: readonly HttpCheck[] = [
  {
    name: 'answers 503 with Retry-After while the store does not, and leaves the cookie alone [AVL-1]',
    async check(world) {
      const { bench } = world
      const cookie = await world.login()
      bench.store.fail()
      for (const path of ['/me', '/required', '/public']) {
        const answer = await bench.patiently(world.get(path, cookie))
        expect([answer.status, answer.setCookies]).toEqual([503, []])
        expect(Number(answer.header('retry-after'))).toBeGreaterThan(0)
        expect(JSON.parse(answer.body)).toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 })
        expect(answer.header('cache-control')).toBe('no-store')
      }
      bench.store.mend()
      expect((await bench.patiently(world.get('/me', cookie))).body).toBe('{"user":"alice"}')
    },
  },
  {
    name: 'goes on serving those who present nothing, or what nobody here issued [AVL-1]',
    async check(world) {
      world.bench.store.fail()
      expect((await world.get('/me')).body).toBe('{"user":null}')
      expect((await world.get('/me', '__Host-id=nonsense')).body).toBe('{"user":null}')
    },
  },
  {
    name: 'does not say "logged out" when the end could not be stored, and keeps the cookie [AVL-1 TRM-12]',
    async check(world) {
      const { bench } = world
      const cookie = await world.login()
      bench.store.fail({ verbs: ['replace'] })
      const answer = await bench.patiently(world.post('/logout', cookie))
      expect([answer.status, answer.setCookies]).toEqual([503, []])
      bench.store.mend()
      expect((await bench.patiently(world.post('/logout', cookie))).status).toBe(200)
      expect((await world.get('/me', cookie)).body).toBe('{"user":null}')
    },
  },
  {
    name: 'gives no cookie to a login that could not be stored',
    async check(world) {
      const { bench } = world
      bench.store.fail({ verbs: ['insert'] })
      const answer = await bench.patiently(world.post('/login'))
      expect([answer.status, answer.setCookies]).toEqual([503, []])
      bench.store.mend()
      expect(cookieOf(await world.post('/login'))).not.toBe('')
    },
  },
  {
    name: 'answers 429 to whoever guesses on, leaves their cookie alone, and goes on serving who is logged in',
    limits: { throttle: { invalidPerMinute: 3 } },
    async check(world) {
      const cookie = await world.login()
      const guess = `__Host-id=${'aa'}${'A'.repeat(80)}`
      const statuses: number[] = []
      for (let tries = 0; tries < 6; tries++) {
        const answer = await world.get('/me', guess)
        statuses.push(answer.status)
        if (answer.status !== 429) continue
        expect(Number(answer.header('retry-after'))).toBeGreaterThan(0)
        expect(answer.setCookies).toEqual([])
        expect(JSON.parse(answer.body)).toMatchObject({ code: 'RATE_LIMITED', 'violated-policies': ['guesses'] })
      }
      expect(statuses).toEqual([200, 200, 200, 429, 429, 429])
      expect((await world.get('/me', cookie)).body).toBe('{"user":"alice"}')
      expect((await world.get('/me')).status).toBe(200)
    },
  },
]
