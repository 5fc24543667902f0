import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { expect, it, vi } from 'vitest'
import { type Answer, ask, cookieOf, type Handle, type Subject, site, stored } from '../rig.js'

/** Ways to answer, and what the client gets of them. */
const ANSWERS: ReadonlyArray<readonly [string, Handle, string]> = [
  ['end with text', (_req, res) => void res.end('hello, world'), 'hello, world'],
  ['end with bytes', (_req, res) => void res.end(Buffer.from('hello, world')), 'hello, world'],
  ['end with an encoding', (_req, res) => void res.end('aGVsbG8=', 'base64'), 'hello'],
  ['end with nothing', (_req, res) => void res.end(), ''],
  ['end with null', (_req, res) => void res.end(null), ''],
  ['end with empty text', (_req, res) => void res.end(''), ''],
  ['a length that is told', (_req, res) => void res.writeHead(200, { 'Content-Length': '5' }).end('hello'), 'hello'],
  ['a length of zero', (_req, res) => void res.setHeader('Content-Length', '0').end(), ''],
  [
    'several writes with a length',
    (_req, res) => {
      res.setHeader('Content-Length', '12')
      res.write('hello, ')
      res.end('world')
    },
    'hello, world',
  ],
  [
    'several writes in chunks',
    (_req, res) => {
      res.write('hello, ')
      res.write(Buffer.from('wor'))
      res.end('ld')
    },
    'hello, world',
  ],
  [
    'end twice',
    (_req, res) => {
      res.end('hello')
      res.end()
    },
    'hello',
  ],
  [
    'flushHeaders',
    (_req, res) => {
      res.flushHeaders()
      res.end('hello')
    },
    'hello',
  ],
  ['writeHead with a list of headers', (_req, res) => void res.writeHead(200, ['X-A', '1', 'X-B', '2']).end('hello'), 'hello'],
  ['a stream', (_req, res) => void Readable.from(['hel', 'lo']).pipe(res), 'hello'],
]

export function parityOfAnswers(subject: Subject): void {
  it.each(ANSWERS)('has stored the session when the answer is complete: %s', async (_way, answer, body) => {
    const { url, store } = await site(subject, {}, (req, res) => {
      req.session['a'] = 1
      res.setHeader('X-Id', req.sessionID ?? '')
      answer(req, res)
    })
    const got = await ask(url)
    expect([got.status, got.body, got.setCookies.length]).toEqual([200, body, 1])
    expect(await stored(store, String(got.headers['x-id']))).toMatchObject({ a: 1 })
  })

  it.each([
    [204, ''],
    [304, ''],
    [302, 'Found'],
    [404, 'no'],
  ])('does so with status %i', async (status, body) => {
    const { url, store } = await site(subject, {}, (req, res) => {
      req.session['a'] = 1
      res.statusCode = status
      res.setHeader('X-Id', req.sessionID ?? '')
      res.end(body)
    })
    const got = await ask(url)
    expect([got.status, got.body]).toEqual([status, body])
    expect(await stored(store, String(got.headers['x-id']))).toMatchObject({ a: 1 })
  })

  it('does so for HEAD', async () => {
    const { url, store } = await site(subject, {}, (req, res) => {
      req.session['a'] = 1
      res.setHeader('X-Id', req.sessionID ?? '')
      res.end('body')
    })
    const got = await ask(url, { method: 'HEAD' })
    expect([got.body, got.setCookies.length]).toEqual(['', 1])
    expect(await stored(store, String(got.headers['x-id']))).toMatchObject({ a: 1 })
  })

  it('keeps the answer back until the session is stored', async () => {
    const { url, store } = await site(subject, {}, (req, res) => {
      req.session['a'] = 1
      res.end('hello')
    })
    const set = store!.set.bind(store)
    let isStored = false
    vi.spyOn(store!, 'set').mockImplementation((id, session, callback) => {
      setTimeout(
        () =>
          set(id, session, (error) => {
            isStored = true
            callback?.(error)
          }),
        20,
      )
    })
    expect((await ask(url)).body).toBe('hello')
    expect(isStored).toBe(true)
  })

  it('says at once that the head is made, though the answer waits', async () => {
    const seen: boolean[] = []
    const { url } = await site(subject, {}, (req, res) => {
      req.session['a'] = 1
      res.end('hello')
      seen.push(res.headersSent)
    })
    expect((await ask(url)).body).toBe('hello')
    expect(seen).toEqual([true])
  })

  it('takes changes until the end, but sets the cookie with the head', async () => {
    const { url, store } = await site(subject, {}, (req, res) => {
      req.session['a'] = 1
      res.setHeader('X-Id', req.sessionID ?? '')
      res.write('hello, ')
      req.session['b'] = 2
      res.end('world')
    })
    const got = await ask(url)
    expect(await stored(store, String(got.headers['x-id']))).toMatchObject({ a: 1, b: 2 })
    // Nothing was in it when the head went out, so the browser was not told.
    const late = await site(subject, {}, (req, res) => {
      res.write('hello, ')
      req.session['b'] = 2
      res.end('world')
    })
    expect((await ask(late.url)).setCookies).toEqual([])
  })

  it('answers though the session could not be stored, and hands the error to next', async () => {
    const { url, store, errors } = await site(subject, {}, (req, res) => {
      req.session['a'] = 1
      res.end('hello')
    })
    Object.assign(store!, { set: (_id: string, _session: object, callback: (error: unknown) => void) => callback(new Error('boom')) })
    expect(await ask(url)).toMatchObject({ status: 200, body: 'hello' })
    await vi.waitFor(() => expect(errors).toEqual([new Error('boom')]))
  })

  it('stores the session of a client that went away', async () => {
    let id = ''
    let end: () => void = () => {}
    const { url, store } = await site(subject, {}, (req, res) => {
      req.session['a'] = 1
      id = req.sessionID ?? ''
      req.on('close', () => res.end('nobody hears this'))
      end()
    })
    const { port } = new URL(url)
    const socket = connect(Number(port), '127.0.0.1')
    await new Promise<void>((resolve) => {
      end = resolve
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    })
    socket.destroy()
    await vi.waitFor(async () => expect(await stored(store, id)).toMatchObject({ a: 1 }))
  })

  it('has one session for a browser, whose requests come one after the other', async () => {
    const { url } = await site(subject, {}, (req, res) => {
      req.session['n'] = Number(req.session['n'] ?? 0) + 1
      res.end(String(req.session['n']))
    })
    let last: Answer = await ask(url)
    const cookie = cookieOf(last)
    for (const _ of Array.from({ length: 5 })) last = await ask(url, { cookie })
    expect(last.body).toBe('6')
  })
}
