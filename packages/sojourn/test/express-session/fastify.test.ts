import fastifyCookie from '@fastify/cookie'
import originalPlugin from '@fastify/session'
import fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import { createSessionManager } from 'sojourn'
import dropIn, { type Store } from 'sojourn/express-session'
import ours, { type FastifySession, type FastifySessionOptions } from 'sojourn/fastify-session'
import { memoryStore } from 'sojourn/memory'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const SECRET = 'a secret of at least thirty-two characters'
const HOUR = 3_600_000

interface Subject {
  readonly name: string
  readonly plugin: unknown
  store(): object
}
const SUBJECTS: readonly Subject[] = [
  { name: '@fastify/session', plugin: originalPlugin, store: () => new dropIn.MemoryStore() },
  { name: 'sojourn/fastify-session', plugin: ours, store: () => dropIn.sojournStore({ cleanupInterval: 0 }) },
  { name: 'sojourn/fastify-session on a foreign store', plugin: ours, store: () => new dropIn.MemoryStore() },
]

type Visited = { session: FastifySession & Record<string, unknown>; readonly sessionStore: Store; readonly query: Record<string, string> }
type Page = (request: Visited) => unknown

let apps: FastifyInstance[] = []
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 5, 1, 12) })
})
afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()))
  apps = []
  vi.useRealTimers()
})

interface Site {
  ask(path: string, cookie?: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>
  readonly store: Store
}

async function site({ plugin, store: make }: Subject, options: Partial<FastifySessionOptions>, pages: Record<string, Page>): Promise<Site> {
  const app = fastify()
  apps.push(app)
  const store = (options.store ?? make()) as Store
  await app.register(fastifyCookie)
  await app.register(plugin as never, { secret: SECRET, cookie: { secure: false }, store, ...options } as never)
  for (const [path, page] of Object.entries(pages)) app.get(path, async (request) => JSON.stringify((await page(request as never)) ?? null))
  return {
    store,
    ask: (path, cookie, headers = {}) => app.inject({ url: path, headers: { ...headers, ...(cookie === undefined ? {} : { cookie }) } }),
  }
}

const cookieOf = ({ cookies }: LightMyRequestResponse, name = 'sessionId'): string => {
  const cookie = cookies.find((one) => one.name === name)
  if (cookie === undefined) throw new Error('no cookie was set')
  return `${name}=${encodeURIComponent(cookie.value)}`
}
const stored = (store: Store, id: string): Promise<Record<string, unknown> | undefined> =>
  new Promise((resolve, reject) => store.get(id, (error, session) => (error ? reject(error as Error) : resolve(session ?? undefined))))

const PAGES: Record<string, Page> = {
  '/set': ({ session }) => {
    session.set('user', 'alice')
    return session.sessionId
  },
  '/get': ({ session }) => session.get('user') ?? null,
  '/id': ({ session }) => session.sessionId,
}

describe.each(SUBJECTS)('$name', (subject) => {
  it('keeps what was set, under a cookie of id and signature', async () => {
    const { ask, store } = await site(subject, {}, PAGES)
    const first = await ask('/set')
    const [cookie] = first.cookies
    const signer = new fastifyCookie.Signer(SECRET)
    expect(signer.unsign(cookie!.value)).toMatchObject({ valid: true, value: first.json() })
    expect(cookie).toMatchObject({ path: '/', httpOnly: true })
    expect((await ask('/get', cookieOf(first))).json()).toBe('alice')
    expect(await stored(store, first.json())).toMatchObject({ user: 'alice' })
  })

  it('has a name, a prefix, ids and attributes of one’s own', async () => {
    const { ask } = await site(
      subject,
      {
        cookieName: 'shop',
        cookiePrefix: 's:',
        idGenerator: () => 'my-own-id',
        cookie: { secure: false, maxAge: HOUR, sameSite: 'lax', path: '/' },
      },
      PAGES,
    )
    const first = await ask('/set')
    expect(first.cookies[0]).toMatchObject({ name: 'shop', value: expect.stringMatching(/^s:my-own-id\./), sameSite: 'Lax' })
    expect(first.cookies[0]?.expires?.getTime()).toBe(Date.now() + HOUR)
    expect((await ask('/get', cookieOf(first, 'shop'))).json()).toBe('alice')
  })

  it('signs with the first secret and accepts all of them', async () => {
    const store = subject.store() as Store
    const first = await (await site(subject, { secret: [SECRET], store }, PAGES)).ask('/set')
    const both = await site(subject, { secret: ['another secret of thirty-two characters', SECRET], store }, PAGES)
    expect((await both.ask('/get', cookieOf(first))).json()).toBe('alice')
    const other = await site(subject, { secret: 'another secret of thirty-two characters', store }, PAGES)
    expect((await other.ask('/get', cookieOf(first))).json()).toBeNull()
  })

  it.each([
    [{ secret: 'short' }, /length 32/],
    [{ secret: [] }, /at least one secret/],
    [{ secret: undefined }, /secret option is required/],
  ])('refuses %o', async (options, message) => {
    await expect(site(subject, options as never, PAGES)).rejects.toThrow(message)
  })

  it('stores nothing for who brought nothing, with saveUninitialized false', async () => {
    const { ask } = await site(subject, { saveUninitialized: false }, PAGES)
    expect((await ask('/get')).cookies).toEqual([])
    expect((await ask('/set')).cookies).toHaveLength(1)
  })

  it('sends the cookie with every answer, unless rolling is false', async () => {
    const rolling = await site(subject, {}, PAGES)
    expect((await rolling.ask('/get', cookieOf(await rolling.ask('/set')))).cookies).toHaveLength(1)
    const still = await site(subject, { rolling: false }, PAGES)
    expect((await still.ask('/get', cookieOf(await still.ask('/set')))).cookies).toEqual([])
  })

  it('sends no secure cookie over http, and takes auto by the request', async () => {
    const secure = await site(subject, { cookie: {} }, PAGES)
    expect((await secure.ask('/set')).cookies).toEqual([])
    const auto = await site(subject, { cookie: { secure: 'auto' } }, PAGES)
    expect((await auto.ask('/set')).cookies[0]).toMatchObject({ sameSite: 'Lax' })
  })

  it('regenerates under a new id, with the keys that are named', async () => {
    const { ask, store } = await site(
      subject,
      {},
      {
        ...PAGES,
        '/login': async (request) => {
          request.session.set('cart', 'book')
          await request.session.regenerate(['cart'])
          return [request.session.sessionId, request.session.get('cart') ?? null, request.session.get('user') ?? null]
        },
        '/callback': (request) => new Promise((resolve) => request.session.regenerate(() => resolve(request.session.sessionId))),
      },
    )
    const first = await ask('/set')
    const login = await ask('/login', cookieOf(first))
    const [id, cart, user] = login.json() as [string, string, null]
    expect([id !== first.json(), cart, user]).toEqual([true, 'book', null])
    expect(await stored(store, first.json())).toBeUndefined()
    expect((await ask('/id', cookieOf(login))).json()).toBe(id)
    expect((await ask('/callback', cookieOf(login))).json()).not.toBe(id)
  })

  it('destroys, and says null', async () => {
    const { ask, store } = await site(
      subject,
      {},
      {
        ...PAGES,
        '/out': async (request) => {
          await request.session.destroy()
          return request.session
        },
      },
    )
    const first = await ask('/set')
    const out = await ask('/out', cookieOf(first))
    expect([out.json(), out.cookies]).toEqual([null, []])
    expect(await stored(store, first.json())).toBeUndefined()
    expect((await ask('/get', cookieOf(first))).json()).toBeNull()
  })

  it('saves at once, reloads, and says what it is', async () => {
    const { ask } = await site(
      subject,
      {},
      {
        ...PAGES,
        '/all': async (request) => {
          const { session } = request
          const said = [session.isModified(), session.isSaved()]
          session.set('user', 'bob')
          said.push(session.isModified())
          await session.save()
          said.push(session.isModified(), session.isSaved())
          session.set('user', 'carol')
          await session.reload()
          return [...said, request.session.get('user')]
        },
      },
    )
    expect((await ask('/all', cookieOf(await ask('/set')))).json()).toEqual([false, false, true, false, true, 'bob'])
  })

  it('begins the time anew with every use, and ends when it is over', async () => {
    const { ask } = await site(subject, { cookie: { secure: false, maxAge: HOUR } }, PAGES)
    let cookie = cookieOf(await ask('/set'))
    for (const _ of [1, 2, 3]) {
      vi.setSystemTime(Date.now() + 0.9 * HOUR)
      const answer = await ask('/get', cookie)
      expect(answer.json()).toBe('alice')
      cookie = cookieOf(answer)
    }
    vi.setSystemTime(Date.now() + HOUR)
    expect((await ask('/get', cookie)).json()).toBeNull()
  })

  it('changes attributes of one session', async () => {
    const { ask } = await site(
      subject,
      {},
      {
        '/remember': ({ session }) => {
          session.options({ maxAge: 10 * HOUR })
          session.touch()
          return session.cookie.maxAge
        },
      },
    )
    const answer = await ask('/remember')
    expect(answer.json()).toBe(10 * HOUR)
    expect(answer.cookies[0]?.expires?.getTime()).toBe(Date.now() + 10 * HOUR)
  })

  it('is there for its path only', async () => {
    const { ask } = await site(
      subject,
      { cookie: { secure: false, path: '/shop' } },
      { '/shop': PAGES['/set']!, '/shopping': ({ session }) => Object.keys(session) },
    )
    expect((await ask('/shop')).cookies).toHaveLength(1)
    expect((await ask('/shopping')).json()).toEqual([])
  })

  it('takes back a cookie whose session is not there, where nothing is to be stored', async () => {
    const { ask } = await site(subject, { saveUninitialized: false }, PAGES)
    const stranger = `sessionId=${encodeURIComponent(new fastifyCookie.Signer(SECRET).sign('gone'))}`
    expect((await ask('/get', stranger)).cookies[0]).toMatchObject({ name: 'sessionId', value: '' })
  })

  it('answers the error of a store that does not answer', async () => {
    const { ask, store } = await site(subject, {}, PAGES)
    const cookie = cookieOf(await ask('/set'))
    Object.assign(store, { get: (_id: string, callback: (error: unknown) => void) => callback(new Error('boom')) })
    expect((await ask('/get', cookie)).statusCode).toBe(500)
  })
})

/** Two requests of one session overlap: the slow one has loaded it when the other one is answered. */
async function overlapping(
  subject: Subject,
  other: string,
): Promise<{ readonly user: unknown; readonly seen: unknown; readonly more: unknown }> {
  let open: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  let arrived: () => void = () => {}
  const reached = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const { ask } = await site(
    subject,
    {},
    {
      ...PAGES,
      '/slow': async ({ session }) => {
        arrived()
        await gate
        session.set('seen', true)
      },
      '/more': ({ session }) => session.set('more', true),
      '/out': (request) => request.session.destroy(),
      '/all': ({ session }) => ({
        user: session.get('user') ?? null,
        seen: session.get('seen') ?? null,
        more: session.get('more') ?? null,
      }),
    },
  )
  const cookie = cookieOf(await ask('/set'))
  const slow = ask('/slow', cookie)
  await reached
  await ask(other, cookie)
  open()
  await slow
  return (await ask('/all', cookie)).json()
}

describe('what differs', () => {
  const [original, own, foreign] = SUBJECTS
  it('@fastify/session brings back what was logged out, and loses keys', async () => {
    expect(await overlapping(original!, '/out')).toMatchObject({ user: 'alice' })
    expect(await overlapping(original!, '/more')).toEqual({ user: 'alice', seen: true, more: null })
  })

  it.each([own!, foreign!])('$name does neither', async (subject) => {
    expect(await overlapping(subject, '/out')).toEqual({ user: null, seen: null, more: null })
    expect(await overlapping(subject, '/more')).toEqual({ user: 'alice', seen: true, more: true })
  })

  it('sojournStore beneath @fastify/session does not bring back what was logged out', async () => {
    expect(await overlapping({ ...original!, store: own!.store }, '/out')).toEqual({ user: null, seen: null, more: null })
  })

  it('ends every session of a user with the manager', async () => {
    const storage = await memoryStore()
    const sessions = await createSessionManager({ storage })
    const store = dropIn.sojournStore({ storage, sessions, userOf: ({ user }) => user as string | undefined })
    const { ask } = await site({ ...own!, store: () => store }, {}, PAGES)
    const [phone, laptop] = [cookieOf(await ask('/set')), cookieOf(await ask('/set'))]
    expect(await sessions.getActiveSessions('alice')).toHaveLength(2)
    await sessions.terminateAllUserSessions('alice')
    expect([(await ask('/get', phone)).json(), (await ask('/get', laptop)).json()]).toEqual([null, null])
    await sessions.close()
  })

  it('needs no store, and takes what @fastify/session has left', async () => {
    const old = new dropIn.MemoryStore()
    const first = await (await site(original!, { store: old }, PAGES)).ask('/set')
    const app = fastify()
    apps.push(app)
    await app.register(fastifyCookie)
    await app.register(ours, { secret: SECRET, cookie: { secure: false }, takeOver: old, storage: memoryStore() })
    app.get('/get', (request) => JSON.stringify((request as unknown as Visited).session.get('user')))
    expect((await app.inject({ url: '/get', headers: { cookie: cookieOf(first) } })).json()).toBe('alice')
    expect(Object.keys(old.sessions)).toEqual([])
  })
})
