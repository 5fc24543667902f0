import { createSessionManager, type SessionManager } from 'sojourn'
import { memoryStore } from 'sojourn/memory'
import { type NextCookie, type SojournRequest, sojourn } from 'sojourn/next'
import { fakeClock } from 'sojourn/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engineBench } from '../behaviour/engine-bench.js'
import { nextHarness } from './contract/harness/next.js'
import { describeHttp } from './contract/suite.js'
import { readSetCookie } from './raw.js'

describeHttp('route handlers of sojourn/next over the engine', nextHarness, async (limits) =>
  engineBench({ store: await memoryStore(), clear: () => Promise.resolve() }, limits),
)

describe('sojourn/next', () => {
  const clock = fakeClock()
  let sessions: SessionManager
  beforeEach(async () => {
    sessions = await createSessionManager({ clock, idleTimeout: '10h' })
  })
  afterEach(() => sessions.close())

  /** What NextResponse.next does with the headers that it is given: the page sees them. */
  function pages(): { readonly seen: Headers[]; readonly goOn: (init: { readonly request: { readonly headers: Headers } }) => Response } {
    const seen: Headers[] = []
    return {
      seen,
      goOn: ({ request }) => {
        seen.push(request.headers)
        return new Response(null, { headers: { 'x-middleware-next': '1' } })
      },
    }
  }

  it('opens the sessions when the first request comes, once for all, and tries again where that failed', async () => {
    let opened = 0
    const app = sojourn({
      sessions: async () => {
        opened += 1
        if (opened === 1) throw new Error('planted: the store is away')
        return sessions
      },
      clock,
    })
    expect(opened).toBe(0)
    const { token } = await sessions.createSession('alice')
    const headers = new Headers({ cookie: `__Host-id=${token}` })
    await expect(app.session(headers)).rejects.toThrow('planted')
    const found = await Promise.all([app.session(headers), app.requireSession(headers), app.session(new Headers())])
    expect([found.map((session) => session?.userId), opened]).toEqual([['alice', 'alice', undefined], 2])
  })

  it('reads a session in a server component, and leaves its token as it is', async () => {
    const app = sojourn({ sessions, clock })
    const { token, id } = await sessions.createSession('alice')
    await clock.advance(7.5 * 3_600_000)
    const headers = new Headers({ cookie: `__Host-id=${token}` })
    expect(await app.session(headers)).toMatchObject({ userId: 'alice' })
    expect(await app.requireSession(headers)).toMatchObject({ userId: 'alice' })
    expect(await sessions.getSession(id)).toMatchObject({ renewals: 0 })
    await expect(app.requireSession(headers, { permissions: ['x'] })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  it('asks the store in a server component, whatever the request says of the proxy [ATK-110]', async () => {
    const app = sojourn({ sessions, clock })
    const { token } = await sessions.createSession('alice')
    await sessions.terminateSession(token)
    const skipped = { 'x-middleware-subrequest': 'proxy:proxy:proxy:proxy:proxy', 'x-middleware-next': '1', 'x-user': 'alice' }
    for (const cookie of [`__Host-id=${token}`, '__Host-id=x', 'a=b']) {
      const headers = new Headers({ ...skipped, cookie })
      expect(await app.session(headers)).toBeUndefined()
      await expect(app.requireSession(headers)).rejects.toMatchObject({ status: 401 })
    }
    await expect(app.session(new Headers({ cookie: '__Host-id=x; __Host-id=y' }))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const guarded = app.route(() => new Response('let in'), {})
    expect((await guarded(new Request('https://a.example/x', { headers: skipped }), {})).status).toBe(401)
  })

  it('renews in the proxy, for the browser and for the page of this very request', async () => {
    const app = sojourn({ sessions, clock })
    const { token } = await sessions.createSession('alice')
    await clock.advance(7.5 * 3_600_000)
    const { seen, goOn } = pages()
    const request = new Request('https://a.example/page', { headers: { cookie: `a=b; __Host-id=${token}; c=d` } })
    const answer = await app.proxy(goOn)(request)
    const cookie = readSetCookie(answer.headers.getSetCookie()[0] ?? '')
    expect(cookie.value).not.toBe(token)
    expect(seen[0]?.get('cookie')).toBe(`a=b; c=d; __Host-id=${cookie.value}`)
    expect([answer.headers.get('x-middleware-next'), answer.headers.get('cache-control')]).toEqual(['1', 'no-store'])
    expect(await app.session(seen[0] ?? new Headers())).toMatchObject({ userId: 'alice' })
  })

  it('takes a dead cookie from the page as well, and lets no request of another site through', async () => {
    const app = sojourn({ sessions, clock })
    const { seen, goOn } = pages()
    const dead = await app.proxy(goOn)(new Request('https://a.example/page', { headers: { cookie: '__Host-id=dead; a=b' } }))
    expect(readSetCookie(dead.headers.getSetCookie()[0] ?? '').value).toBe('')
    expect(seen[0]?.get('cookie')).toBe('a=b')
    const { token } = await sessions.createSession('alice')
    const headers = { cookie: `__Host-id=${token}`, 'sec-fetch-site': 'cross-site' }
    expect((await app.proxy(goOn)(new Request('https://a.example/page', { method: 'POST', headers }))).status).toBe(403)
    expect(seen).toHaveLength(1)
  })

  it('knows the address of the client where the platform tells it', async () => {
    const app = sojourn({ sessions, clock, remoteAddress: (header) => header('x-real-ip') })
    const login = app.route(async (_request, request) => Response.json(await request.login('carol')))
    await login(
      new Request('https://a.example/login', { method: 'POST', headers: { 'x-real-ip': '203.0.113.9', 'x-forwarded-for': '6.6.6.6' } }),
      {},
    )
    expect((await sessions.getActiveSessions('carol'))[0]?.context.ipAddress).toBe('203.0.113.9')
  })

  describe('in a server action', () => {
    const ours = { host: 'a.example', 'x-forwarded-proto': 'https', origin: 'https://a.example' }
    function jar(): { readonly cookies: NextCookie[]; set(cookie: NextCookie): void } {
      const cookies: NextCookie[] = []
      return { cookies, set: (cookie) => void cookies.push(cookie) }
    }

    it('logs in and out through the cookies of Next.js, with all that the cookie says elsewhere', async () => {
      const app = sojourn({ sessions, clock })
      const { cookies, set } = jar()
      const { id } = await app.action(new Headers(ours), { set }, async (request) => await request.login('alice', { rememberMe: true }))
      expect(cookies).toEqual([
        {
          name: '__Host-id',
          value: expect.stringMatching(/^[\w.-]{82}$/),
          path: '/',
          httpOnly: true,
          secure: true,
          sameSite: 'lax',
          partitioned: false,
          maxAge: expect.any(Number),
        },
      ])
      const headers = new Headers({ ...ours, cookie: `__Host-id=${cookies[0]?.value}` })
      expect(await app.action(headers, { set }, ({ session }) => session?.id)).toBe(id)
      expect(cookies).toHaveLength(1)
      await app.action(headers, { set }, async (request) => await request.logout())
      expect(cookies[1]).toMatchObject({ name: '__Host-id', value: '', maxAge: 0 })
      expect(await app.session(headers)).toBeUndefined()
    })

    it('has set the cookie also where the action goes on to another page, which it does by throwing', async () => {
      const app = sojourn({ sessions, clock })
      const { cookies, set } = jar()
      const work = async (request: SojournRequest): Promise<never> => {
        await request.login('alice')
        throw new Error('NEXT_REDIRECT')
      }
      await expect(app.action(new Headers(ours), { set }, work)).rejects.toThrow('NEXT_REDIRECT')
      expect(cookies).toHaveLength(1)
    })

    it('refuses what another site sends before the action runs, and touches no cookie', async () => {
      const app = sojourn({ sessions, clock })
      const { token } = await sessions.createSession('alice')
      const { cookies, set } = jar()
      const cookie = `__Host-id=${token}`
      for (const foreign of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://b.example' }, { origin: 'http://a.example' }]) {
        const action = app.action(new Headers({ ...ours, ...foreign, cookie }), { set }, () => expect.unreachable())
        await expect(action).rejects.toMatchObject({ code: 'CSRF_REJECTED' })
      }
      expect(cookies).toEqual([])
    })

    it('renews a token that is due, and takes a dead cookie back', async () => {
      const app = sojourn({ sessions, clock })
      const { token } = await sessions.createSession('alice')
      await clock.advance(7.5 * 3_600_000)
      const { cookies, set } = jar()
      await app.action(new Headers({ ...ours, cookie: `__Host-id=${token}` }), { set }, () => undefined)
      await app.action(new Headers({ ...ours, cookie: '__Host-id=dead' }), { set }, () => undefined)
      expect(cookies.map(({ value }) => [value.length, value === token])).toEqual([
        [82, false],
        [0, false],
      ])
    })
  })
})
