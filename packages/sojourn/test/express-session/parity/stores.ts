import { expect, it, vi } from 'vitest'
import { ask, cookieOf, count, type Handle, type Subject, site, stored } from '../rig.js'

const counting: Handle = (req, res) => {
  if (!req.session) return void res.end('no session')
  req.session['views'] = Number(req.session['views'] ?? 0) + 1
  return void res.end(`${req.session['views']}`)
}

export function parityOfStores(subject: Subject): void {
  it('does not ask for a cookie that is not signed', async () => {
    const { url, store } = await site(subject, {}, counting)
    const get = vi.spyOn(store!, 'get')
    await ask(url, { cookie: 'connect.sid=s%3Aabc.def' })
    await ask(url)
    expect(get).not.toHaveBeenCalled()
  })

  it('hands an error of the store to next, and takes ENOENT for an absence', async () => {
    const { url, store } = await site(subject, {}, counting)
    const cookie = cookieOf(await ask(url))
    let fault: Error = new Error('boom')
    Object.assign(store!, { get: (_id: string, callback: (error: unknown) => void) => callback(fault) })
    expect(await ask(url, { cookie })).toMatchObject({ status: 500, body: 'boom' })
    fault = Object.assign(new Error('no such file'), { code: 'ENOENT' })
    expect(await ask(url, { cookie })).toMatchObject({ status: 200, body: '1' })
  })

  it('hands a record that is no session to next', async () => {
    const { url, store } = await site(subject, {}, counting)
    const cookie = cookieOf(await ask(url))
    Object.assign(store!, { get: (_id: string, callback: (error: unknown, session: object) => void) => callback(null, {}) })
    expect((await ask(url, { cookie })).status).toBe(500)
  })

  it('begins a new session under a new id for one that is not there', async () => {
    const { url, store } = await site(subject, {}, counting)
    const cookie = cookieOf(await ask(url))
    await new Promise<void>((resolve) => void store!.clear!(() => resolve()))
    expect(await count(store)).toBe(0)
    const again = await ask(url, { cookie })
    expect(again.body).toBe('1')
    expect(cookieOf(again)).not.toBe(cookie)
  })

  it('counts its sessions, and clears them', async () => {
    const { url, store } = await site(subject, {}, counting)
    await Promise.all([ask(url), ask(url), ask(url)])
    expect(await count(store)).toBe(3)
    await new Promise<void>((resolve) => void store!.clear!(() => resolve()))
    expect(await count(store)).toBe(0)
  })

  it('goes on without a session while the store is disconnected', async () => {
    const { url, store } = await site(subject, {}, counting)
    store!.emit('disconnect')
    expect(await ask(url)).toMatchObject({ body: 'no session', setCookies: [] })
    store!.emit('connect')
    expect((await ask(url)).body).toBe('1')
  })

  it('loads a session outside of a request, and makes one of data', async () => {
    const { url, store } = await site(subject, {}, (req, res) => {
      req.session['a'] = 1
      res.end(req.sessionID)
    })
    const { body: id } = await ask(url)
    const session = await new Promise<Record<string, unknown> | undefined>((resolve, reject) =>
      store!.load(id, (error, found) => (error ? reject(error as Error) : resolve(found as never))),
    )
    expect(session).toMatchObject({ id, a: 1 })
    await new Promise<void>((resolve, reject) => {
      const save = (session as { save(callback: (error?: unknown) => void): void; a: number }).save.bind(Object.assign(session!, { a: 2 }))
      save((error) => (error ? reject(error as Error) : resolve()))
    })
    expect(await stored(store, id)).toMatchObject({ a: 2 })
    const none = await new Promise((resolve) => store!.load('nobody', (_error, found) => resolve(found)))
    expect(none).toBeUndefined()
  })

  it('lets an application change what is stored for another browser', async () => {
    const { url, store } = await site(subject, {}, counting)
    const first = await ask(url)
    const id = decodeURIComponent(cookieOf(first)).slice('connect.sid=s:'.length).split('.')[0]!
    const session = await stored(store, id)
    await new Promise<void>((resolve) => void store!.set(id, Object.assign(session!, { views: 41 }), () => resolve()))
    expect((await ask(url, { cookie: cookieOf(first) })).body).toBe('42')
    await new Promise<void>((resolve) => void store!.destroy(id, () => resolve()))
    expect((await ask(url, { cookie: cookieOf(first) })).body).toBe('1')
  })

  it('touches, where a store can, what was not changed', async () => {
    const { url, store } = await site(subject, {}, (req, res) => {
      if (req.url === '/change') req.session['a'] = 1
      res.end(req.sessionID)
    })
    const first = await ask(url, { path: '/change' })
    const touch = vi.spyOn(store!, 'touch')
    await ask(url, { cookie: cookieOf(first) })
    expect(touch).toHaveBeenCalledTimes(1)
    expect(touch.mock.calls[0]?.[0]).toBe(first.body)
    await ask(url, { cookie: cookieOf(first), path: '/change2' })
    expect(touch).toHaveBeenCalledTimes(2)
  })

  it('answers though touching failed, and hands the error to next', async () => {
    const { url, store, errors } = await site(subject, {}, (req, res) => {
      if (req.url === '/change') req.session['a'] = 1
      res.end('hello')
    })
    const cookie = cookieOf(await ask(url, { path: '/change' }))
    Object.assign(store!, { touch: (_id: string, _session: object, callback: (error: unknown) => void) => callback(new Error('boom')) })
    expect((await ask(url, { cookie })).body).toBe('hello')
    await vi.waitFor(() => expect(errors).toEqual([new Error('boom')]))
  })
}
