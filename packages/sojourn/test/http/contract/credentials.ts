import { expect } from 'vitest'
import type { HttpCheck, World } from './world.js'

const NAME = '__Host-id'
const me = (user: string | null): string => JSON.stringify({ user })

async function tokenOf(world: World): Promise<string> {
  return (await world.login()).slice(`${NAME}=`.length)
}

export const credentialChecks: readonly HttpCheck[] = [
  {
    name: 'knows the session by the cookie and by a bearer token',
    async check(world) {
      const token = await tokenOf(world)
      expect((await world.get('/me', `${NAME}=${token}`)).body).toBe(me('alice'))
      for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer ']) {
        expect((await world.ask({ path: '/me', headers: [['Authorization', `${scheme} ${token}`]] })).body).toBe(me('alice'))
      }
    },
  },
  {
    name: 'takes empty, null, undefined, array and other nonsense for no session, whoever sends it [LIF-8 ATK-004 ATK-005]',
    async check(world) {
      await world.login()
      for (const value of [
        '',
        'null',
        'undefined',
        '[object Object]',
        ' ',
        '[]',
        '0',
        'true',
        'a,b',
        '%00',
        'sid_null',
        'A'.repeat(82),
        'x'.repeat(3000),
      ]) {
        const answer = await world.get('/me', `${NAME}=${value}`)
        expect([answer.status, answer.body], value).toEqual([200, me(null)])
        expect(
          answer.setCookies.every((line) => line.startsWith(`${NAME}=;`)),
          value,
        ).toBe(true)
        const bearer = await world.ask({ path: '/me', headers: [['Authorization', `Bearer ${value}`]] })
        expect([bearer.status, bearer.body, bearer.setCookies], value).toEqual([200, me(null), []])
      }
    },
  },
  {
    name: 'never takes the public id of a session for a credential, nor ends a session by it',
    async check(world) {
      await world.login()
      const [session] = await world.bench.manager.getActiveSessions('alice')
      const id = String(session?.id)
      expect((await world.get('/me', `${NAME}=${id}`)).body).toBe(me(null))
      expect((await world.post('/logout', `${NAME}=${id}`)).status).toBe(200)
      expect(await world.login('user=mallory', `${NAME}=${id}`)).not.toContain(id)
      expect(await world.bench.manager.getActiveSessions('alice')).toHaveLength(1)
    },
  },
  {
    name: 'refuses the cookie twice with different values, in either order [TOK-8 ATK-002 ATK-050]',
    async check(world) {
      const [one, two] = [await tokenOf(world), await tokenOf(world)]
      for (const [first, second] of [
        [one, two],
        [two, one],
        [one, ''],
        ['x', one],
      ]) {
        for (const headers of [
          [['Cookie', `${NAME}=${first}; ${NAME}=${second}`]],
          [
            ['Cookie', `${NAME}=${first}`],
            ['Cookie', `a=b; ${NAME}=${second}`],
          ],
        ] as const) {
          const answer = await world.ask({ path: '/me', headers })
          expect(answer.status).toBe(400)
          expect(answer.header('content-type')).toMatch(/^application\/problem\+json/)
          expect(answer.header('www-authenticate')).toBe('Bearer realm="session", error="invalid_request"')
          expect(answer.body).not.toContain(one)
        }
      }
      expect((await world.get('/me', `${NAME}=${one}; ${NAME}=${one}`)).body).toBe(me('alice'))
      expect(world.suspicions).toContainEqual({ kind: 'more-than-one-token', refused: true })
    },
  },
  {
    name: 'refuses a cookie beside Authorization, and two of the latter [TOK-8]',
    async check(world) {
      const [one, two] = [await tokenOf(world), await tokenOf(world)]
      for (const bearer of [one, two, 'x']) {
        const answer = await world.ask({
          path: '/me',
          headers: [
            ['Authorization', `Bearer ${bearer}`],
            ['Cookie', `${NAME}=${one}`],
          ],
        })
        expect(answer.status).toBe(400)
      }
      const twice = await world.ask({
        path: '/me',
        headers: [
          ['Authorization', `Bearer ${one}`],
          ['Authorization', `Bearer ${two}`],
        ],
      })
      expect(twice.body).toBe(me(null))
    },
  },
  {
    name: 'leaves Authorization to the application where only cookies are accepted',
    options: { accept: 'cookie' },
    async check(world) {
      const token = await tokenOf(world)
      const headers = [
        ['Authorization', 'Basic YTpi'],
        ['Cookie', `${NAME}=${token}`],
      ] as const
      expect((await world.ask({ path: '/me', headers })).body).toBe(me('alice'))
      expect((await world.ask({ path: '/me', headers: [['Authorization', `Bearer ${token}`]] })).body).toBe(me(null))
    },
  },
  {
    name: 'looks at no cookie and sets none where only bearer tokens are accepted',
    options: { accept: 'bearer' },
    async check(world) {
      const login = await world.post('/login')
      expect(login.setCookies).toEqual([])
      expect((await world.post('/logout')).setCookies).toEqual([])
      const { token } = JSON.parse(login.body) as { token: string }
      expect((await world.get('/me', `${NAME}=${token}`)).body).toBe(me(null))
      expect((await world.ask({ path: '/me', headers: [['Authorization', `Bearer ${token}`]] })).body).toBe(me('alice'))
    },
  },
  {
    name: 'refuses a token in the address, whatever its name, and reports it [TOK-6 ATK-116]',
    async check(world) {
      const token = await tokenOf(world)
      for (const path of [
        `/me?session=${token}`,
        `/me?x=${token}`,
        `/me?${token}`,
        `/me?access_token=x`,
        `/me?${NAME}=x`,
        `/me;id=${token}`,
        `/${token}/me`,
      ]) {
        for (const headers of [[], [['Authorization', `Bearer ${token}`]]] as const) {
          const answer = await world.ask({ path, headers })
          expect(answer.status, path.replace(token, '<token>')).toBe(400)
          expect(answer.body).not.toContain(token)
        }
      }
      expect(world.suspicions).toHaveLength(14)
      expect(world.suspicions[0]).toEqual({ kind: 'token-in-address', refused: true })
      expect((await world.get('/me?token=of-a-password-reset&id=42')).status).toBe(200)
    },
  },
  {
    name: 'knows its cookie by its exact bytes: nothing is decoded, folded or unquoted [CKE-9 ATK-060]',
    async check(world) {
      const token = await tokenOf(world)
      for (const name of [
        '__%48ost-id',
        '__host-id',
        '__Host-Id',
        '%5F_Host-id',
        'id',
        'x__Host-id',
        '$__Host-id',
        '__Host-id ',
        '__Host-idx',
        '"__Host-id"',
      ]) {
        expect((await world.get('/me', `${name}=${token}`)).body, name).toBe(me(null))
      }
      for (const value of [
        `"${token}"`,
        `${token}%20`,
        `%${token.charCodeAt(0).toString(16)}${token.slice(1)}`,
        `${token}, x`,
        `=${token}`,
      ]) {
        expect((await world.get('/me', `${NAME}=${value}`)).body).toBe(me(null))
      }
      for (const cookie of [
        `a=b; ${NAME}=${token}; c`,
        `${NAME}=${token};a=`,
        `a=b;${NAME}=${token}`,
        `$Version=1; ${NAME}=${token}`,
        `x="; ${NAME}=${token}; y="`,
        `%=%; ${NAME}=${token}`,
        `${NAME}; ${NAME}=${token}`,
      ]) {
        expect((await world.get('/me', cookie)).body, cookie.replace(token, '<token>')).toBe(me('alice'))
      }
      expect((await world.get('/me', `x="a; y ${NAME}=${token}"`)).body).toBe(me(null))
    },
  },
  {
    name: 'is not slowed by a header full of cookies that are nearly its own [ATK-124]',
    async check(world) {
      const token = await tokenOf(world)
      const many = Array.from({ length: 900 }, (_, index) => `${NAME}${index}=x`).join('; ')
      expect((await world.get('/me', `${many.slice(0, 15_000)}; ${NAME}=${token}`)).body).toBe(me('alice'))
    },
  },
]
