import { expect, it, vi } from 'vitest'
import { ask, attribute, cookieOf, count, type Handle, idOf, type Subject, site, stored, type Visited } from '../rig.js'

const MINUTE = 60_000

const counting: Handle = (req, res) => {
  req.session['views'] = Number(req.session['views'] ?? 0) + 1
  res.end(`${req.session['views']}`)
}
/** Changes its session on request only. */
const idle: Handle = (req, res) => {
  if (req.url === '/change') req.session['changed'] = Date.now()
  res.end(req.session.id)
}

export function parityOfOptions(subject: Subject): void {
  it.each([
    [{ genid: 'x' }, 'genid option must be a function'],
    [{ unset: 'keepit' }, 'unset option must be "destroy" or "keep"'],
    [{ secret: [] }, 'secret option array must contain one or more strings'],
  ])('refuses %o', (options, message) => {
    expect(() => subject.library({ secret: 'a', resave: false, saveUninitialized: false, ...options } as never)).toThrow(
      new TypeError(message),
    )
  })

  it('hands a missing secret to next, and takes that of cookie-parser', async () => {
    const without = await site(subject, { secret: undefined }, counting)
    expect(await ask(without.url)).toMatchObject({ status: 500, body: 'secret option required for sessions' })
    const parsed = await site(subject, { secret: undefined }, counting, (req) => Object.assign(req, { secret: 'of the parser' }))
    expect((await ask(parsed.url, { cookie: cookieOf(await ask(parsed.url)) })).body).toBe('2')
  })

  it('takes key for name', async () => {
    const { url } = await site(subject, { key: 'old.name' }, counting)
    expect((await ask(url, { cookie: cookieOf(await ask(url), 'old.name') })).body).toBe('2')
  })

  it('does nothing where there is a session already', async () => {
    const { url } = await site(
      subject,
      {},
      (req, res) => void res.end(String(req.session['mine'])),
      (req) => Object.assign(req, { session: { mine: 1 } }),
    )
    expect(await ask(url)).toMatchObject({ body: '1', setCookies: [] })
  })

  it('gives out the ids of genid, which is told the request', async () => {
    const { url } = await site(subject, { genid: (req: Visited) => `id-${req.headers['x-id']}` }, counting)
    const cookie = cookieOf(await ask(url, { headers: { 'x-id': '7' } }))
    expect(idOf(cookie)).toBe('id-7')
    expect((await ask(url, { cookie })).body).toBe('2')
  })

  it('takes an id of genid again, after its session was destroyed', async () => {
    const { url } = await site(subject, { genid: () => 'fixed' }, (req, res) => {
      if (req.url === '/out') return void req.session.destroy(() => res.end())
      return counting(req, res)
    })
    const cookie = cookieOf(await ask(url))
    await ask(url, { cookie, path: '/out' })
    expect((await ask(url, { cookie })).body).toBe('1')
    expect((await ask(url, { cookie })).body).toBe('2')
  })

  it('makes ids of its own that are long and all different', async () => {
    const { url } = await site(subject, { saveUninitialized: true }, idle)
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(url)))
    expect(new Set(answers.map(({ body }) => body)).size).toBe(10)
    for (const { body } of answers) expect(body).toMatch(/^[\w-]{32,43}$/)
  })

  it('saveUninitialized: stores and tells of sessions that nothing was put into', async () => {
    const eager = await site(subject, { saveUninitialized: true }, idle)
    expect(attribute(await ask(eager.url), 'Path')).toBe('/')
    expect(await count(eager.store)).toBe(1)
  })

  it('saveUninitialized false: neither stores nor tells of them until there is something', async () => {
    const lazy = await site(subject, {}, idle)
    expect((await ask(lazy.url)).setCookies).toEqual([])
    expect(await count(lazy.store)).toBe(0)
    expect((await ask(lazy.url, { path: '/change' })).setCookies).toHaveLength(1)
    expect(await count(lazy.store)).toBe(1)
  })

  it('does not send the cookie again without rolling, unless a session with an end was changed', async () => {
    const forever = await site(subject, {}, idle)
    const cookie = cookieOf(await ask(forever.url, { path: '/change' }))
    vi.setSystemTime(Date.now() + MINUTE)
    expect((await ask(forever.url, { cookie, path: '/change' })).setCookies).toEqual([])
    const ending = await site(subject, { cookie: { maxAge: 10 * MINUTE } }, idle)
    const second = cookieOf(await ask(ending.url, { path: '/change' }))
    vi.setSystemTime(Date.now() + MINUTE)
    expect((await ask(ending.url, { cookie: second })).setCookies).toEqual([])
    const changed = await ask(ending.url, { cookie: second, path: '/change' })
    expect(attribute(changed, 'Expires')).toBe(new Date(Date.now() + 10 * MINUTE).toUTCString())
  })

  it('rolling: sends it with every answer', async () => {
    const { url } = await site(subject, { rolling: true, cookie: { maxAge: 10 * MINUTE } }, idle)
    const cookie = cookieOf(await ask(url, { path: '/change' }))
    vi.setSystemTime(Date.now() + MINUTE)
    const answer = await ask(url, { cookie })
    expect(cookieOf(answer)).toBe(cookie)
    expect(attribute(answer, 'Expires')).toBe(new Date(Date.now() + 10 * MINUTE).toUTCString())
    // But not of a session that is not to be known yet.
    expect((await ask(url)).setCookies).toEqual([])
  })

  it('lets a session end when its time is over, and moves the end with every use', async () => {
    const { url } = await site(subject, { cookie: { maxAge: 10 * MINUTE } }, (req, res) => {
      if (req.url === '/change') req.session['changed'] = 1
      res.end(String(req.session['changed'] ?? 'none'))
    })
    const cookie = cookieOf(await ask(url, { path: '/change' }))
    for (const _ of Array.from({ length: 3 })) {
      vi.setSystemTime(Date.now() + 9 * MINUTE)
      expect((await ask(url, { cookie })).body).toBe('1')
    }
    vi.setSystemTime(Date.now() + 10 * MINUTE)
    const over = await ask(url, { cookie, path: '/change' })
    expect(cookieOf(over)).not.toBe(cookie)
  })

  it.each([true, false])('resave %s: stores what was changed, at the end of the answer', async (resave) => {
    const { url, store } = await site(subject, { resave }, idle)
    const first = await ask(url, { path: '/change' })
    const before = await stored(store, first.body)
    vi.setSystemTime(Date.now() + MINUTE)
    await ask(url, { cookie: cookieOf(first), path: '/change' })
    const after = await stored(store, first.body)
    expect([before?.['changed'], after?.['changed']]).toEqual([Date.now() - MINUTE, Date.now()])
  })

  it('resave false: leaves alone what was not changed', async () => {
    const { url, store } = await site(subject, {}, idle)
    const first = await ask(url, { path: '/change' })
    const set = vi.spyOn(store!, 'set')
    vi.setSystemTime(Date.now() + MINUTE)
    await ask(url, { cookie: cookieOf(first) })
    expect(set).not.toHaveBeenCalled()
    await ask(url, { cookie: cookieOf(first), path: '/change' })
    expect(set).toHaveBeenCalledTimes(1)
  })

  it('resave: stores also what was not changed', async () => {
    const { url, store } = await site(subject, { resave: true }, idle)
    const first = await ask(url, { path: '/change' })
    const set = vi.spyOn(store!, 'set')
    await ask(url, { cookie: cookieOf(first) })
    expect(set).toHaveBeenCalledTimes(1)
  })

  it.each([undefined, 'keep'] as const)('unset %s: keeps what is stored when req.session is taken away', async (unset) => {
    const { url, store } = await site(subject, { unset }, (req, res) => {
      req.session['a'] = 1
      if (req.url === '/unset') Object.assign(req, { session: null })
      res.end(req.sessionID)
    })
    const first = await ask(url)
    expect((await ask(url, { cookie: cookieOf(first), path: '/unset' })).setCookies).toEqual([])
    expect(await stored(store, first.body)).toMatchObject({ a: 1 })
  })

  it.each([null, undefined])('unset destroy: ends the session whose req.session is %s', async (nothing) => {
    const { url, store } = await site(subject, { unset: 'destroy' }, (req, res) => {
      req.session['a'] = 1
      if (req.url === '/unset') Object.assign(req, { session: nothing })
      res.end(req.sessionID)
    })
    const first = await ask(url)
    expect(await stored(store, first.body)).toMatchObject({ a: 1 })
    await ask(url, { cookie: cookieOf(first), path: '/unset' })
    expect(await stored(store, first.body)).toBeUndefined()
    // And none is begun by it.
    expect((await ask(url, { path: '/unset' })).setCookies).toEqual([])
  })

  it('unset destroy: tells next of an error, and answers', async () => {
    const { url, store, errors } = await site(subject, { unset: 'destroy' }, (req, res) => {
      Object.assign(req, { session: null })
      res.end('answered')
    })
    Object.assign(store!, { destroy: (_id: string, callback: (error: unknown) => void) => callback(new Error('boom')) })
    expect((await ask(url)).body).toBe('answered')
    await vi.waitFor(() => expect(errors).toEqual([new Error('boom')]))
  })
}
