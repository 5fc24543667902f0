import type { IncomingMessage } from 'node:http'
import type { Head, IncomingRequest } from '../incoming.js'
import type { ProblemAnswer } from '../problem.js'

/** A request of the Fetch standard as the core sees it. `socket` is its connection, where the platform tells. */
export function webIncoming(request: Request, socket: IncomingMessage['socket'] | undefined, form: () => unknown): IncomingRequest {
  return {
    method: request.method,
    url: addressOf(request.url),
    header: (name) => request.headers.get(name) ?? (name === 'host' ? new URL(request.url).host : undefined),
    remoteAddress: socket?.remoteAddress,
    connection: socket,
    isEncrypted: socket === undefined ? request.url.startsWith('https:') : 'encrypted' in socket && socket.encrypted === true,
    isHeadOpen: () => true,
    form,
  }
}

/** Path and query of a whole URL, as they were sent. */
function addressOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2)
  return start < 0 ? '/' : url.slice(start)
}

/** Headers of the Fetch standard as a head. */
export function webHead(headers: Headers): Head {
  return {
    get: (name) => headers.get(name) ?? undefined,
    set: (name, value) => headers.set(name, value),
    remove: (name) => headers.delete(name),
    append: (name, value) => headers.append(name, value),
  }
}

/** A refusal as an answer of the Fetch standard. */
export function webProblem({ status, headers, body }: ProblemAnswer): Response {
  return new Response(body, { status, headers: { ...headers } })
}
