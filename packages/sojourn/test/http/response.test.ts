import { once } from 'node:events'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { createSessionManager, type SessionManager } from 'sojourn'
import { sojourn as fastifySojourn } from 'sojourn/fastify'
import { sojourn as honoSojourn, type SojournVariables } from 'sojourn/hono'
import { sojourn } from 'sojourn/node'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { running, urlOf } from './contract/harness.js'
import { askRaw, parseAnswer, type RawAnswer, readSetCookie } from './raw.js'

type Write = (response: ServerResponse) => void

const raw = (response: ServerResponse, ...given: unknown[]): void => {
  ;(response.writeHead as unknown as (...parts: unknown[]) => void).call(response, ...given)
}

/** Every way in which an application can begin its answer. Each also sets a cookie of its own and calls the page public. */
const WAYS: ReadonlyArray<readonly [name: string, write: Write]> = [
  [
    'setHeader and end',
    (response) => {
      response.setHeader('Set-Cookie', 'own=1')
      response.setHeader('Cache-Control', 'public')
      response.end('x')
    },
  ],
  [
    'an array of cookies',
    (response) => {
      response.setHeader('Set-Cookie', ['own=1', 'more=2'])
      response.end('x')
    },
  ],
  [
    'writeHead with an object',
    (response) => {
      raw(response, 200, { 'Set-Cookie': 'own=1', 'Cache-Control': 'public' })
      response.end('x')
    },
  ],
  [
    'writeHead with a reason and an object',
    (response) => {
      raw(response, 200, 'Fine', { 'set-cookie': ['own=1'], 'cache-control': 'public' })
      response.end('x')
    },
  ],
  [
    'writeHead with an object whose names are spelled at will',
    (response) => {
      raw(response, 200, {
        'SET-COOKIE': 'own=1',
        'cAche-Control': 'public',
        eXpires: 'Thu, 01 Jan 2099 00:00:00 GMT',
        'X-None': undefined,
      })
      response.end('x')
    },
  ],
  [
    'writeHead with an object that names a header twice',
    (response) => {
      raw(response, 200, { 'Set-Cookie': 'own=1', 'set-cookie': 'more=2', 'Cache-Control': 'public' })
      response.end('x')
    },
  ],
  [
    'writeHead with pairs',
    (response) => {
      raw(response, 200, [
        ['Set-Cookie', 'own=1'],
        ['Set-Cookie', 'more=2'],
        ['Cache-Control', 'public'],
      ])
      response.end('x')
    },
  ],
  [
    'writeHead with a flat list',
    (response) => {
      raw(response, 200, ['Set-Cookie', 'own=1', 'set-cookie', 'more=2', 'Cache-Control', 'public'])
      response.end('x')
    },
  ],
  [
    'writeHead over headers that were set',
    (response) => {
      response.setHeader('Cache-Control', 'no-cache')
      response.setHeader('Set-Cookie', 'lost=1')
      raw(response, 200, { 'Set-Cookie': 'own=1', 'Cache-Control': 'public' })
      response.end('x')
    },
  ],
  [
    'writeHead without headers',
    (response) => {
      response.setHeader('Set-Cookie', 'own=1')
      raw(response, 200)
      response.end('x')
    },
  ],
  [
    'write before end',
    (response) => {
      response.setHeader('Set-Cookie', 'own=1')
      response.write('x')
      response.end('y')
    },
  ],
  [
    'flushHeaders',
    (response) => {
      response.setHeader('Set-Cookie', 'own=1')
      response.flushHeaders()
      response.end('x')
    },
  ],
  [
    'early hints before',
    (response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      response.setHeader('Set-Cookie', 'own=1')
      response.end('x')
    },
  ],
  [
    'a stream',
    (response) => {
      response.setHeader('Set-Cookie', 'own=1')
      Readable.from(['x', 'y']).pipe(response)
    },
  ],
  [
    'headers taken away',
    (response) => {
      response.removeHeader('Cache-Control')
      response.removeHeader('Vary')
      response.setHeader('Set-Cookie', 'own=1')
      response.end('x')
    },
  ],
  [
    'no body',
    (response) => {
      response.statusCode = 204
      response.setHeader('Set-Cookie', 'own=1')
      response.end()
    },
  ],
]

let sessions: SessionManager
beforeAll(async () => {
  sessions = await createSessionManager()
})
afterAll(() => sessions.close())

/** Logs in, then lets the application answer in its way. */
function listenerOf(write: Write): RequestListener {
  const withSession = sojourn({ sessions })
  return (request, response) =>
    withSession(request, response, () => {
      void request.sojourn.login('alice').then(() => write(response))
    })
}

function expectDiscipline(answer: Pick<RawAnswer, 'setCookies'> & { readonly cacheControl: unknown; readonly vary: unknown }): void {
  const names = answer.setCookies.map((line) => readSetCookie(line).name)
  expect(names.filter((name) => name === '__Host-id')).toHaveLength(1)
  expect(names).toContain('own')
  expect(names).not.toContain('lost')
  expect(answer.cacheControl).toBe('no-store')
  expect(String(answer.vary)).toContain('Cookie')
}

describe('the head of an answer', () => {
  it.each(WAYS)('keeps the cookie and its cache headers with %s, over HTTP/1.1 [CKE-11 ATK-115]', async (_name, write) => {
    const app = await running(createServer(listenerOf(write)))
    onTestFinished(() => app.close())
    const answer = await askRaw(app.url, { method: 'POST' })
    expectDiscipline({ ...answer, cacheControl: answer.header('cache-control'), vary: answer.header('vary') })
  })

  it.each(WAYS)('keeps the cookie and its cache headers with %s, over HTTP/2 [CKE-11 ATK-115]', async (_name, write) => {
    const listener = listenerOf(write) as unknown as Parameters<typeof createHttp2Server>[1]
    const server = createHttp2Server({}, listener).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    onTestFinished(() => {
      client.destroy()
      server.close()
    })
    const stream = client.request({ ':method': 'POST', ':path': '/' })
    const [headers] = (await once(stream, 'response')) as [OutgoingHttpHeaders]
    stream.resume()
    expectDiscipline({
      setCookies: [headers['set-cookie'] ?? []].flat().map(String),
      cacheControl: headers['cache-control'],
      vary: headers['vary'],
    })
  })

  it('answers each request on a kept connection for itself [CKE-11]', async () => {
    const withSession = sojourn({ sessions })
    const listener = (request: IncomingMessage, response: ServerResponse): void =>
      withSession(request, response, () => {
        if (request.method === 'GET') response.end('plain')
        else void request.sojourn.login('alice').then(() => response.end('in'))
      })
    const server = createServer(listener)
    const app = await running(server)
    onTestFinished(() => app.close())
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(urlOf(server)).port) })
    onTestFinished(() => void socket.destroy())
    const answers: RawAnswer[] = []
    for (const method of ['POST', 'GET', 'POST', 'GET']) {
      socket.write(`${method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
      answers.push(parseAnswer(String((await once(socket, 'data'))[0])))
    }
    expect(answers.map(({ setCookies }) => setCookies.length)).toEqual([1, 0, 1, 0])
    expect(answers.map((answer) => answer.header('cache-control'))).toEqual(['no-store', undefined, 'no-store', undefined])
  })

  it('minds neither a client that went away nor a head that is sent already', async () => {
    const withSession = sojourn({ sessions })
    let told: unknown
    const server = createServer((request, response) =>
      withSession(request, response, () => {
        if (request.url === '/late') {
          response.write('begun')
          request.sojourn.login('alice').catch((error: unknown) => {
            told = error
            response.end()
          })
        } else request.once('close', () => response.end('nobody hears this'))
      }),
    )
    const app = await running(server)
    onTestFinished(() => app.close())
    const before = (await sessions.getActiveSessions('alice')).length
    expect((await askRaw(app.url, { method: 'POST', path: '/late' })).setCookies).toEqual([])
    expect(told).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(/head of the answer has been sent/) })
    expect(await sessions.getActiveSessions('alice')).toHaveLength(before)
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(app.url).port) })
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'connect')
    socket.destroy()
    expect((await askRaw(app.url, { method: 'POST', path: '/late' })).status).toBe(200)
  })

  it('keeps the cookie where the first head could not be written [CKE-11]', async () => {
    const app = await running(
      createServer(
        listenerOf((response) => {
          try {
            raw(response, 200, { 'Set-Cookie': 'lost=1', 'X-Bad': '\u0100' })
          } catch {
            // As the error handling of frameworks does.
            for (const name of response.getHeaderNames()) response.removeHeader(name)
            response.setHeader('Set-Cookie', 'own=1')
            raw(response, 500)
            response.end('sorry')
          }
        }),
      ),
    )
    onTestFinished(() => app.close())
    const answer = await askRaw(app.url, { method: 'POST' })
    expect(answer.status).toBe(500)
    expectDiscipline({ ...answer, cacheControl: answer.header('cache-control'), vary: answer.header('vary') })
  })

  it('is one where the middleware was mounted twice', async () => {
    const [one, two] = [sojourn({ sessions }), sojourn({ sessions })]
    const app = await running(
      createServer((request, response) =>
        one(request, response, () => two(request, response, () => void request.sojourn.login('alice').then(() => response.end()))),
      ),
    )
    onTestFinished(() => app.close())
    expect((await askRaw(app.url, { method: 'POST' })).setCookies).toHaveLength(1)
  })

  it('keeps the cookie where Fastify is passed by [CKE-11]', async () => {
    const app = fastify()
    await app.register(fastifySojourn({ sessions }))
    app.post('/hijacked', async (request, reply) => {
      await request.sojourn.login('alice')
      reply.hijack()
      reply.raw.writeHead(200, { 'Set-Cookie': 'own=1', 'Cache-Control': 'public' }).end('x')
    })
    app.post('/streamed', async (request, reply) => {
      await request.sojourn.login('alice')
      return reply
        .header('Set-Cookie', 'own=1')
        .header('Cache-Control', 'public')
        .send(Readable.from(['x']))
    })
    const url = await app.listen({ host: '127.0.0.1', port: 0, listenTextResolver: () => '' })
    onTestFinished(() => app.close())
    for (const path of ['/hijacked', '/streamed']) {
      const answer = await askRaw(url, { method: 'POST', path })
      expectDiscipline({ ...answer, cacheControl: answer.header('cache-control'), vary: answer.header('vary') })
    }
    const injected = await app.inject({ method: 'POST', url: '/streamed' })
    expect([injected.headers['set-cookie']].flat()).toHaveLength(2)
  })

  it('keeps the cookie where an application of Hono hands on an answer that cannot be changed [CKE-11]', async () => {
    const app = new Hono<{ Variables: SojournVariables }>()
    app.use(honoSojourn({ sessions }))
    const upstream = await running(
      createServer((_request, response) => response.setHeader('Set-Cookie', 'own=1').setHeader('Cache-Control', 'public').end('x')),
    )
    onTestFinished(() => upstream.close())
    app.post('/passed-on', async (c) => {
      await c.get('sojourn').login('alice')
      return await fetch(upstream.url)
    })
    app.post('/redirected', async (c) => {
      await c.get('sojourn').login('alice')
      c.header('Set-Cookie', 'own=1', { append: true })
      return c.redirect('/')
    })
    for (const path of ['/passed-on', '/redirected']) {
      const answer = await app.request(path, { method: 'POST' })
      expectDiscipline({
        setCookies: answer.headers.getSetCookie(),
        cacheControl: answer.headers.get('cache-control'),
        vary: answer.headers.get('vary'),
      })
    }
  })
})
