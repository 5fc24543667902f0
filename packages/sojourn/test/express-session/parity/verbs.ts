import { expect, it, vi } from 'vitest'
import { ask, cookieOf, count, type Handle, type Subject, site, stored, type Visited } from '../rig.js'

const MINUTE = 60_000

/** One page for each verb, with `done` answering what is left. */
function pages(table: Record<string, (req: Visited, done: (text?: unknown) => void) => void>): Handle {
  return (req, res) => {
    const done = (text?: unknown): void => void res.end(String(text ?? ''))
    const page = table[(req.url ?? '/').slice(1)]
    if (page === undefined) {
      req.session['a'] = 1
      done(req.sessionID)
    } else page(req, done)
  }
}

export function parityOfVerbs(subject: Subject): void {
  it('shows data and the cookie, and nothing else', async () => {
    const { url } = await site(subject, {}, pages({ keys: (req, done) => done(Object.keys(Object.assign(req.session, { b: 1 }))) }))
    expect((await ask(url, { path: '/keys' })).body).toBe('cookie,b')
  })

  it('has the id on session and request, the request on the session, and neither can be written over', async () => {
    const { url } = await site(
      subject,
      {},
      pages({
        same(req, done) {
          const { session, sessionID, sessionStore } = req
          expect(() => Object.assign(session, { id: 'x' })).toThrow(TypeError)
          done([session.id === sessionID, session.req === (req as unknown), typeof sessionStore.generate])
        },
      }),
    )
    expect((await ask(url, { path: '/same' })).body).toBe('true,true,function')
  })

  it('destroy: ends it, takes req.session away and answers the callback', async () => {
    const { url, store } = await site(
      subject,
      {},
      pages({ out: (req, done) => void req.session.destroy((error) => done([error ?? 'none', req.session])) }),
    )
    const first = await ask(url)
    const out = await ask(url, { cookie: cookieOf(first), path: '/out' })
    expect(out).toMatchObject({ body: 'none,', setCookies: [] })
    expect(await stored(store, first.body)).toBeUndefined()
    expect((await ask(url, { cookie: cookieOf(first) })).body).not.toBe(first.body)
  })

  it('destroy: of a session that was never stored', async () => {
    const { url, store } = await site(subject, {}, pages({ out: (req, done) => void req.session.destroy((error) => done(error)) }))
    expect(await ask(url, { path: '/out' })).toMatchObject({ body: '', setCookies: [] })
    expect(await count(store)).toBe(0)
  })

  it('regenerate: ends it and begins an empty one under a new id, which is stored and told', async () => {
    const { url, store } = await site(
      subject,
      {},
      pages({
        login(req, done) {
          const before = req.session
          before.regenerate((error) => {
            expect(error ?? undefined).toBeUndefined()
            expect(req.session).not.toBe(before)
            expect(req.session['a']).toBeUndefined()
            req.session['user'] = 'alice'
            done(req.session.id)
          })
        },
      }),
    )
    const first = await ask(url)
    const login = await ask(url, { cookie: cookieOf(first), path: '/login' })
    expect(login.body).not.toBe(first.body)
    expect(await stored(store, first.body)).toBeUndefined()
    expect(await stored(store, login.body)).toMatchObject({ user: 'alice' })
    expect(cookieOf(login)).not.toBe(cookieOf(first))
  })

  it('regenerate: gives a session that is stored and told, also when nothing is put into it', async () => {
    const { url, store } = await site(subject, {}, pages({ login: (req, done) => void req.session.regenerate(() => done(req.session.id)) }))
    const { body, setCookies } = await ask(url, { path: '/login' })
    expect(setCookies).toHaveLength(1)
    expect(await stored(store, body)).toBeDefined()
  })

  it('regenerate: has an id and a cookie at once', async () => {
    const { url } = await site(
      subject,
      { cookie: { maxAge: MINUTE } },
      pages({
        login: (req, done) =>
          void req.session.regenerate(() => done([req.sessionID === req.session.id, req.session.cookie.originalMaxAge])),
      }),
    )
    expect((await ask(url, { path: '/login' })).body).toBe(`true,${MINUTE}`)
  })

  it('save: stores it now, and again at the end only if it was changed since', async () => {
    const { url, store } = await site(
      subject,
      {},
      pages({
        save(req, done) {
          req.session['a'] = 2
          const chained = req.session.save(() => done(req.sessionID))
          expect(chained).toBe(req.session)
        },
        more: (req, done) =>
          void Object.assign(req.session, { a: 3 }).save(() => {
            req.session['a'] = 4
            done(req.sessionID)
          }),
      }),
    )
    const first = await ask(url)
    const set = vi.spyOn(store!, 'set')
    await ask(url, { cookie: cookieOf(first), path: '/save' })
    expect(set).toHaveBeenCalledTimes(1)
    await ask(url, { cookie: cookieOf(first), path: '/more' })
    expect(set).toHaveBeenCalledTimes(3)
    expect(await stored(store, first.body)).toMatchObject({ a: 4 })
  })

  it('save: is seen by the store before its callback is called', async () => {
    const { url } = await site(
      subject,
      {},
      pages({
        save: (req, done) =>
          void Object.assign(req.session, { a: 2 }).save(() =>
            req.sessionStore.get(req.sessionID ?? '', (_error, found) => done(found?.['a'])),
          ),
      }),
    )
    expect((await ask(url, { path: '/save' })).body).toBe('2')
  })

  it('save: can be replaced by an application, for one session', async () => {
    const calls: string[] = []
    const { url } = await site(
      subject,
      {},
      pages({
        own(req, done) {
          const { save } = req.session
          Object.defineProperty(req.session, 'save', {
            value(callback: () => void) {
              calls.push('saved')
              return save.call(this, callback)
            },
          })
          req.session['a'] = 9
          done(req.sessionID)
        },
      }),
    )
    expect((await ask(url, { path: '/own' })).setCookies).toHaveLength(1)
    expect(calls).toEqual(['saved'])
  })

  it('save: hands on the error of the store', async () => {
    const { url, store } = await site(subject, {}, pages({ save: (req, done) => void req.session.save((error) => done(error)) }))
    Object.assign(store!, { set: (_id: string, _session: object, callback: (error: unknown) => void) => callback(new Error('boom')) })
    expect((await ask(url, { path: '/save' })).body).toBe('Error: boom')
  })

  it('reload: puts what is stored into a new req.session, and drops what was not saved', async () => {
    const { url, store } = await site(
      subject,
      {},
      pages({
        reload(req, done) {
          const before = Object.assign(req.session, { a: 5, b: 5 })
          before.reload((error) => {
            expect(error ?? undefined).toBeUndefined()
            expect(req.session).not.toBe(before)
            done([req.session['a'], req.session['b']])
          })
        },
      }),
    )
    const first = await ask(url)
    expect((await ask(url, { cookie: cookieOf(first), path: '/reload' })).body).toBe('1,')
    expect(await stored(store, first.body)).toMatchObject({ a: 1 })
  })

  it('reload: of a session that is gone, or was never stored, is an error', async () => {
    const { url, store } = await site(
      subject,
      {},
      pages({
        reload: (req, done) => void req.session.reload((error) => done((error as Error).message)),
        gone(req, done) {
          store!.destroy(req.sessionID ?? '', () => req.session.reload((error) => done((error as Error).message)))
        },
      }),
    )
    expect((await ask(url, { path: '/reload' })).body).toBe('failed to load session')
    expect((await ask(url, { cookie: cookieOf(await ask(url)), path: '/gone' })).body).toBe('failed to load session')
  })

  it('reload and then change: the change is stored', async () => {
    const { url, store } = await site(
      subject,
      {},
      pages({
        reload: (req, done) =>
          void req.session.reload(() => {
            req.session['c'] = 1
            done()
          }),
      }),
    )
    const first = await ask(url)
    await ask(url, { cookie: cookieOf(first), path: '/reload' })
    expect(await stored(store, first.body)).toMatchObject({ a: 1, c: 1 })
  })

  it('touch and resetMaxAge: begin the time anew, and answer the session', async () => {
    const { url } = await site(
      subject,
      { cookie: { maxAge: 10 * MINUTE } },
      pages({
        touch(req, done) {
          const { session } = req
          session.cookie.expires = new Date(Date.now() + MINUTE)
          session.cookie.originalMaxAge = 10 * MINUTE
          expect(session.touch()).toBe(session)
          expect(session.resetMaxAge()).toBe(session)
          done(session.cookie.maxAge)
        },
      }),
    )
    expect((await ask(url, { path: '/touch' })).body).toBe(String(10 * MINUTE))
  })

  it('cookie.maxAge: counts down, is written in milliseconds, and refuses what is no number', async () => {
    const { url } = await site(
      subject,
      { cookie: { maxAge: 10 * MINUTE } },
      pages({
        age(req, done) {
          const { cookie } = req.session
          vi.setSystemTime(Date.now() + MINUTE)
          const left = cookie.maxAge
          cookie.maxAge = 3 * MINUTE
          expect(() => Object.assign(cookie, { maxAge: '3m' })).toThrow(TypeError)
          done([left, cookie.maxAge, cookie.originalMaxAge, cookie.expires?.getTime() === Date.now() + 3 * MINUTE])
        },
        expires(req, done) {
          const { cookie } = req.session
          cookie.expires = new Date(Date.now() + 2 * MINUTE)
          done([cookie.maxAge, cookie.originalMaxAge])
        },
        session(req, done) {
          const { cookie } = req.session
          cookie.expires = null
          done([cookie.maxAge, cookie.originalMaxAge])
        },
      }),
    )
    expect((await ask(url, { path: '/age' })).body).toBe([9 * MINUTE, 3 * MINUTE, 3 * MINUTE, true].join())
    expect((await ask(url, { path: '/expires' })).body).toBe([2 * MINUTE, 2 * MINUTE].join())
    expect((await ask(url, { path: '/session' })).body).toBe(',')
  })

  it('does not let stored data hide a verb', async () => {
    const { url, store } = await site(subject, {}, pages({ type: (req, done) => done(typeof req.session.save) }))
    const first = await ask(url)
    const session = await stored(store, first.body)
    await new Promise<void>((resolve) => store!.set(first.body, { ...session, save: 'nope' }, () => resolve()))
    expect((await ask(url, { cookie: cookieOf(first), path: '/type' })).body).toBe('function')
  })

  it('stores nothing for a request whose sessionID is none', async () => {
    const { url, store } = await site(subject, {}, (req, res) => {
      Object.assign(req, { sessionID: () => 'x' })
      req.session['a'] = 1
      res.end()
    })
    expect((await ask(url)).setCookies).toEqual([])
    expect(await count(store)).toBe(0)
  })

  it('has constructors', () => {
    const { Store, MemoryStore, Cookie, Session } = subject.library
    expect(new MemoryStore()).toBeInstanceOf(Store)
    const cookie = new Cookie({ maxAge: MINUTE })
    expect(cookie).toMatchObject({ path: '/', httpOnly: true, originalMaxAge: MINUTE, maxAge: MINUTE })
    expect(cookie.serialize('a', 'b;c')).toBe(`a=b%3Bc; Path=/; Expires=${new Date(Date.now() + MINUTE).toUTCString()}; HttpOnly`)
    expect(JSON.parse(JSON.stringify(cookie))).toEqual({
      originalMaxAge: MINUTE,
      expires: new Date(Date.now() + MINUTE).toISOString(),
      httpOnly: true,
      path: '/',
    })
    expect(() => new Cookie('a' as never)).toThrow(TypeError)
    const session = new Session({ sessionID: 'x' }, { a: 1 })
    expect([session.id, Object.keys(session)]).toEqual(['x', ['a']])
  })
}
