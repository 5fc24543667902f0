import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { type Clock, SessionError } from 'sojourn'
import { CLOSE_TIMEOUT, HEADERS_TIMEOUT, KEEP_ALIVE_TIMEOUT, MAX_HEADER_BYTES, REQUEST_TIMEOUT } from './limits.js'
import { Problem, problemDocument } from './problem.js'
import { securityHeaders } from './security-headers.js'

export interface Listening {
  readonly port: number
  /** Takes no further connections, lets requests that are under way finish for a while, and cuts what is left. */
  close(): Promise<void>
}

type Fetch = (request: Request, environment: object) => Response | Promise<Response>

/** Listens for HTTP. Throws `CONFIG_INVALID` if the address cannot be had. */
export async function listen(
  fetch: Fetch,
  { host, port, clock }: { readonly host: string; readonly port: number; readonly clock: Clock },
): Promise<Listening> {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    connectionsCheckingInterval: 1_000,
    // Refused one step later, with a problem document like everything else.
    requireHostHeader: false,
  }
  // The listener looks at the letters of the Host header only: `1.2.3.256` has them, and no URL can be made of it.
  const judged: Fetch = (request, environment) => (URL.canParse(request.url) ? fetch(request, environment) : badRequest())
  const answer = getRequestListener(judged, { errorHandler: () => badRequest() })
  const server = createServer(limits, (request: IncomingMessage, response: ServerResponse) => void answer(request, response))
  server.on('clientError', refuseUnparsed)
  await listening(server, host, port)
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : port, close: () => close(server, clock) }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(addressError(error, host, port)))
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function addressError(error: NodeJS.ErrnoException, host: string, port: number): SessionError {
  const why =
    {
      EADDRINUSE: 'another program listens there; stop it, or choose another port (service.port or SOJOURN_PORT).',
      EACCES: 'this user may not listen there; choose a port from 1024 on.',
      EADDRNOTAVAIL: 'this host does not have that address; choose one of its own (service.host or SOJOURN_HOST).',
    }[error.code ?? ''] ?? `the system says ${error.code ?? 'no'}.`
  return new SessionError('CONFIG_INVALID', `${host}:${port}: ${why}`, { path: 'service.port', cause: error })
}

async function close(server: Server, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  server.closeIdleConnections()
  const cancel = clock.after(CLOSE_TIMEOUT, () => server.closeAllConnections())
  await closed
  cancel()
}

const BAD_REQUEST = new Problem(400, 'INVALID_ARGUMENT', 'This is not an HTTP request that can be answered.')

function badRequest(): Response {
  const headers = [...securityHeaders(undefined), ['Content-Type', 'application/problem+json'] as const]
  return new Response(JSON.stringify(problemDocument(BAD_REQUEST)), {
    status: 400,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  })
}

/** What Node's parser refuses reaches no route. The status is told and nothing else: the sender may not even speak HTTP. */
function refuseUnparsed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status =
    { HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large', ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout' }[error.code ?? ''] ??
    '400 Bad Request'
  const headers = securityHeaders(undefined).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\n${headers.join('')}Connection: close\r\nContent-Length: 0\r\n\r\n`)
}
