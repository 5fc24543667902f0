import { createServer, type IncomingMessage } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { isSessionError } from 'sojourn'
import { sojourn } from '../../../../src/http/adapters/next.js'
import { bodyText, GUARDED, ROUTES, split } from '../app.js'
import { type Harness, running } from '../harness.js'

type Handler = (request: Request, context: object) => Promise<Response>

/** A request as a platform hands it on, which always writes the address itself. */
function fromPlatform(request: Request, { incoming }: { readonly incoming: IncomingMessage }): Request {
  const headers = new Headers(request.headers)
  headers.set('x-real-ip', incoming.socket.remoteAddress ?? '')
  return new Request(request, { headers })
}

/** Route handlers are functions from a request of the Fetch standard to an answer; here they are called as Next.js calls them. */
export const nextHarness: Harness = async (options, hit) => {
  const app = sojourn({ ...options, remoteAddress: (header) => header('x-real-ip') })
  const handlers = new Map<string, Handler>()
  for (const [path, wanted] of Object.entries(GUARDED))
    handlers.set(
      `GET ${path}`,
      app.route(() => new Response('let in'), wanted ?? {}),
    )
  for (const [name, route] of Object.entries(ROUTES)) {
    const handler: Handler = app.route(async (request, sojournRequest) => {
      try {
        const reply = await route({ request: sojournRequest, query: split(request.url).query, hit })
        return new Response(bodyText(reply.body), { headers: { ...reply.headers } })
      } catch (error) {
        if (isSessionError(error)) throw error
        return new Response('failed', { status: 500 })
      }
    })
    handlers.set(name, handler)
  }
  const fallback: Handler = app.route(() => new Response('not here', { status: 404 }))
  const answer = getRequestListener(
    (request, environment) =>
      (handlers.get(`${request.method} ${split(request.url).path}`) ?? fallback)(
        fromPlatform(request, environment as { readonly incoming: IncomingMessage }),
        {},
      ),
    { errorHandler: () => new Response('failed', { status: 500 }) },
  )
  return await running(createServer((request, response) => void answer(request, response)))
}
