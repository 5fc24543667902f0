// Sessions with node:http alone, and the same over HTTP/2 with HTTP2=1.
import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createSessionManager } from 'sojourn'
import { answerRefusal, sojourn } from 'sojourn/node'

const sessions = await createSessionManager() // in memory; give it a store to keep them
const open = sojourn({ sessions, dev: process.env.NODE_ENV !== 'production' })

/** Your own check of a password against its hash. */
const userWith = (name, password) => (name === 'alice' && password === 'wonderland' ? 'alice' : undefined)

const page = (body) => `<!doctype html><html lang="en"><title>Sojourn with Node</title><body>${body}</body></html>`
const LOGIN = page(`<form method="post" action="/login"><h1>Sign in</h1>
<label>Name <input name="user" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button></form>`)
const hello = (userId) =>
  page(
    `<h1>Hello, ${userId}</h1><p><a href="/account">Account</a></p><form method="post" action="/logout"><button>Sign out</button></form>`,
  )

/** Longer than any form of this site. */
const MAX_FORM_BYTES = 4_096

async function formOf(request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > MAX_FORM_BYTES) return new URLSearchParams()
  }
  return new URLSearchParams(text)
}

function redirect(response, path) {
  response.writeHead(303, { Location: path })
  response.end()
}

function html(response, text) {
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end(text)
}

const ROUTES = {
  'GET /': (request, response) => {
    const { session } = request.sojourn
    html(response, session === undefined ? LOGIN : hello(session.userId))
  },
  'POST /login': async (request, response) => {
    const form = await formOf(request)
    const userId = userWith(form.get('user'), form.get('password'))
    if (userId !== undefined) await request.sojourn.login(userId)
    redirect(response, userId === undefined ? '/?failed' : '/account')
  },
  'POST /logout': async (request, response) => {
    await request.sojourn.logout()
    redirect(response, '/')
  },
  'GET /account': (request, response) => {
    const { userId } = request.sojourn.requireSession()
    html(response, page(`<h1>Account of ${userId}</h1>`))
  },
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost')
  const route = ROUTES[`${request.method} ${pathname}`]
  if (route === undefined) response.writeHead(404).end()
  else await route(request, response)
}

function failed(error, response) {
  if (answerRefusal(error, response)) return
  console.error(error)
  response.statusCode = 500
  response.end()
}

function serve(request, response) {
  open(request, response, (error) => {
    if (error !== undefined) failed(error, response)
    else answer(request, response).catch((fault) => failed(fault, response))
  })
}

const server = process.env.HTTP2 === '1' ? createHttp2Server(serve) : createServer(serve)
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
process.once('SIGTERM', () => server.close(() => void sessions.close()))
