import { expect } from 'vitest'
import { cookieOf, type HttpCheck, OWN_PAGE } from './world.js'

export const stepChecks: readonly HttpCheck[] = [
  {
    name: 'lets a session without its second factor into nothing but what asks for it [LIF-4]',
    async check(world) {
      const cookie = await world.login('user=alice&kind=pending')
      expect((await world.get('/me', cookie)).body).toBe('{"user":null}')
      expect((await world.get('/partial', cookie)).body).toBe('{"whole":null,"kind":"pending","data":{}}')
      const refused = await world.get('/required', cookie)
      expect([refused.status, refused.header('www-authenticate')]).toEqual([
        401,
        'Bearer realm="session", error="insufficient_user_authentication"',
      ])
      expect(JSON.parse(refused.body)).toMatchObject({ code: 'REAUTHENTICATION_REQUIRED', reason: 'second-factor' })
      expect(refused.setCookies).toEqual([])
      expect((await world.get('/recent', cookie)).status).toBe(401)
      expect((await world.get('/second-factor', cookie)).body).toBe('let in')
      const visitor = cookieOf(await world.post('/visit'))
      expect((await world.get('/second-factor', visitor)).status).toBe(401)
      expect((await world.get('/second-factor', await world.login())).body).toBe('let in')
    },
  },
  {
    name: 'makes it whole by the second factor, under a new token, and refuses the one before at once [LIF-4 STP-1]',
    async check(world) {
      const pending = await world.login('user=alice&kind=pending')
      const answer = await world.post('/reauthenticate', pending)
      const whole = cookieOf(answer)
      expect(whole).not.toBe(pending)
      expect(JSON.parse(answer.body)).not.toHaveProperty('token')
      expect((await world.get('/me', whole)).body).toBe('{"user":"alice"}')
      expect((await world.get('/recent', whole)).body).toBe('let in')
      expect((await world.get('/me', pending)).body).toBe('{"user":null}')
      expect((await world.get('/partial', pending)).body).toContain('"kind":null')
    },
  },
  {
    name: 'steps a session up: what wanted a recent and stronger login lets it through afterwards [STP-1 STP-5]',
    async check(world) {
      const cookie = await world.login('acr=gold')
      await world.bench.clock.advance(300_001)
      expect((await world.get('/recent', cookie)).status).toBe(401)
      const next = cookieOf(await world.post('/reauthenticate', cookie))
      expect((await world.get('/recent', next)).body).toBe('let in')
    },
  },
  {
    name: 'takes a proof from no page of another site, and from nobody without a session [CSR-1]',
    async check(world) {
      const cookie = await world.login('user=alice&kind=pending')
      for (const headers of [[['Sec-Fetch-Site', 'cross-site']], []] as const) {
        const answer = await world.ask({ method: 'POST', path: '/reauthenticate', headers: [...headers, ['Cookie', cookie]] })
        expect([answer.status, answer.setCookies]).toEqual([403, []])
      }
      expect((await world.get('/second-factor', cookie)).body).toBe('let in')
      expect((await world.post('/reauthenticate')).status).toBe(401)
    },
  },
  {
    name: 'gives a page token to the page that asks for the second factor',
    async check(world) {
      const cookie = await world.login('user=alice&kind=pending')
      const { token } = JSON.parse((await world.get('/csrf', cookie)).body) as { token: string }
      const sent = {
        method: 'POST',
        path: '/reauthenticate',
        headers: [
          ['Cookie', cookie],
          ['X-CSRF-Token', token],
        ] as const,
      }
      expect((await world.ask(sent)).status).toBe(200)
    },
  },
  {
    name: 'keeps what was chosen of a visitor at the login, and nothing else [LIF-2]',
    async check(world) {
      const visitor = cookieOf(await world.post('/visit'))
      expect((await world.get('/partial', visitor)).body).toContain('"kind":"anonymous"')
      const cookie = await world.login('user=alice&carry=cart', visitor)
      expect((await world.get('/partial', cookie)).body).toBe('{"whole":"alice","kind":null,"data":{"cart":["tea"]}}')
      expect((await world.get('/partial', visitor)).body).toContain('"kind":null')
    },
  },
  {
    name: 'steps a bearer client up with a token in the answer and no cookie',
    async check(world) {
      const { token } = JSON.parse((await world.ask({ method: 'POST', path: '/token' })).body) as { token: string }
      const headers = [...OWN_PAGE, ['Authorization', `Bearer ${token}`]] as const
      const answer = await world.ask({ method: 'POST', path: '/reauthenticate', headers })
      expect([answer.status, answer.setCookies]).toEqual([200, []])
      const next = (JSON.parse(answer.body) as { token: string }).token
      expect(next).not.toBe(token)
      expect((await world.ask({ path: '/me', headers: [['Authorization', `Bearer ${next}`]] })).body).toBe('{"user":"alice"}')
    },
  },
]
