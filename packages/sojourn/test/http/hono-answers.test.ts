import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { createSessionManager, type SessionManager } from 'sojourn'
import { type SojournVariables, sojourn } from 'sojourn/hono'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { running } from './contract/harness.js'
import { askRaw, type RawAnswer, readSetCookie } from './raw.js'

type App = Hono<{ Variables: SojournVariables }>
type Answer = (c: Context) => Response | Promise<Response>

const OWN = { 'Set-Cookie': 'own=1', 'Cache-Control': 'public' }

function streamOf(...parts: readonly string[]): ReadableStream {
  const bytes = parts.map((part) => new TextEncoder().encode(part))
  return new ReadableStream({
    start(controller) {
      for (const part of bytes) controller.enqueue(part)
      controller.close()
    },
  })
}

/** Every way in which an application of Hono can answer. Each sets a cookie of its own. */
const WAYS: ReadonlyArray<readonly [name: string, answer: Answer]> = [
  ['json and headers of its own', (c) => c.json({ ok: true }, 200, OWN)],
  [
    'a header set before',
    (c) => {
      c.header('set-cookie', 'own=1')
      return c.text('x')
    },
  ],
  ['an answer of its own', () => new Response('x', { headers: OWN })],
  ['an answer whose names are spelled at will', () => new Response('x', { headers: { 'SET-cookie': 'own=1', 'cACHE-control': 'public' } })],
  ['an answer with pairs', () => new Response('x', { headers: Object.entries(OWN) })],
  ['an answer with Headers', () => new Response('x', { headers: new Headers(OWN) })],
  ['bytes', () => new Response(new Uint8Array([120]), { headers: OWN })],
  ['an ArrayBuffer', () => new Response(new Uint8Array([120]).buffer, { headers: OWN })],
  ['a stream', () => new Response(streamOf('x', 'y'), { headers: OWN })],
  [
    'a redirection',
    (c) => {
      c.header('Set-Cookie', 'own=1')
      return c.redirect('/')
    },
  ],
  ['no body', () => new Response(null, { status: 204, headers: OWN })],
  [
    'an error',
    (c) => {
      c.header('Set-Cookie', 'own=1')
      throw new Error('on purpose')
    },
  ],
  [
    'Node itself',
    (c) => {
      ;(c.env as { outgoing: { writeHead(status: number, headers: object): { end(text: string): void } } }).outgoing
        .writeHead(200, OWN)
        .end('x')
      return RESPONSE_ALREADY_SENT
    },
  ],
]

let sessions: SessionManager
beforeAll(async () => {
  sessions = await createSessionManager()
})
afterAll(() => sessions.close())

async function ask(app: App, path = '/'): Promise<RawAnswer> {
  const listener = getRequestListener(app.fetch)
  const { url, close } = await running(createServer((request, response) => void listener(request, response)))
  onTestFinished(close)
  return await askRaw(url, { method: 'POST', path })
}

/** An application that logs in and answers in its way, with what `around` puts around it. */
function appWith(answer: Answer, around?: (app: App) => void): App {
  const app: App = new Hono()
  around?.(app)
  app.use(sojourn({ sessions }))
  app.onError((_error, c) => c.text('failed', 500))
  app.post('/', async (c) => {
    await c.get('sojourn').login('alice')
    return await answer(c)
  })
  return app
}

function expectDiscipline(answer: RawAnswer): void {
  const names = answer.setCookies.map((line) => readSetCookie(line).name)
  expect(names.filter((name) => name === '__Host-id')).toHaveLength(1)
  expect(names).toContain('own')
  expect(answer.lines.filter(([name]) => name === 'cache-control')).toEqual([['cache-control', 'no-store']])
  expect(String(answer.header('vary'))).toContain('Cookie')
}

describe('the head of an answer of Hono on Node', () => {
  it.each(WAYS)('keeps the cookie and its cache headers with %s [CKE-11 ATK-115]', async (_name, answer) => {
    expectDiscipline(await ask(appWith(answer)))
  })

  it('keeps them with an answer of fetch, which cannot be changed [CKE-11]', async () => {
    const upstream = await running(createServer((_request, response) => response.writeHead(200, { ...OWN, Connection: 'close' }).end('x')))
    onTestFinished(() => upstream.close())
    expectDiscipline(await ask(appWith(() => fetch(upstream.url))))
  })

  it.each<readonly [string, (c: Context) => unknown]>([
    ['its headers', (c) => c.res.headers],
    ['its status', (c) => c.res.status],
    ['its text', (c) => c.res.clone().text()],
    ['nothing of it', () => undefined],
  ])('keeps them where a middleware around has looked at %s [CKE-11]', async (_name, look) => {
    for (const [, answer] of WAYS.slice(0, 3)) {
      const app = appWith(answer, (outer) =>
        outer.use(async (c, next) => {
          await next()
          await look(c)
        }),
      )
      expectDiscipline(await ask(app))
    }
  })

  it.each<readonly [string, (answer: Response) => Headers | Promise<Headers>]>([
    ['its headers', (answer) => answer.headers],
    ['a copy of it', (answer) => answer.clone().headers],
    ['an answer made of it', (answer) => new Response(answer.body, answer).headers],
    ['an answer made of its text', async (answer) => new Response(await answer.text(), answer).headers],
  ])('shows them to a middleware around that looks at %s, so that no cache there keeps the answer [CKE-8 ATK-106]', async (_name, look) => {
    let seen: Headers | undefined
    const app = appWith(
      (c) => c.json({ ok: true }),
      (outer) =>
        outer.use(async (c, next) => {
          await next()
          const { res } = c
          c.res = undefined as unknown as Response
          seen = await look(res)
          c.res = new Response('x', { headers: seen })
        }),
    )
    const answer = await ask(app)
    for (const value of [seen?.get('cache-control'), answer.header('cache-control')]) expect(value).toBe('no-store')
    expect(seen?.getSetCookie()).toHaveLength(1)
    expect(answer.setCookies).toHaveLength(1)
  })

  it('leaves a middleware around that looked at the answer the last word', async () => {
    const app = appWith(
      (c) => c.text('x'),
      (outer) =>
        outer.use(async (c, next) => {
          await next()
          c.header('Cache-Control', 'no-store, max-age=0')
        }),
    )
    expect((await ask(app)).header('cache-control')).toBe('no-store, max-age=0')
  })

  it('adds nothing to an answer for which nobody asked who is there, on a connection that is kept', async () => {
    const app: App = new Hono()
    app.use(sojourn({ sessions }))
    app.get('/read', (c) => c.json({ user: c.get('sojourn').session?.userId ?? null }))
    app.get('/plain', (c) => c.json({ ok: true }))
    const listener = getRequestListener(app.fetch)
    const { url, close } = await running(createServer((request, response) => void listener(request, response)))
    onTestFinished(close)
    const found: Array<string | null> = []
    for (const path of ['/read', '/plain', '/read', '/plain']) found.push((await fetch(url + path)).headers.get('cache-control'))
    expect(found).toEqual(['private, no-cache', null, 'private, no-cache', null])
  })
})
