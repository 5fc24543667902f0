import type { IncomingMessage } from 'node:http'
import type { Head, IncomingRequest } from '../incoming.js'
import type { ProblemAnswer } from '../problem.js'

/** A class for its prototype: functions of its own for each request cost more than they do. */
class WebRequest implements IncomingRequest {
  readonly method: string
  readonly url: string
  readonly connection: IncomingMessage['socket'] | undefined
  readonly form: () => unknown
  readonly #request: Request
  constructor(request: Request, socket: IncomingMessage['socket'] | undefined, form: () => unknown) {
    this.method = request.method
    this.url = addressOf(request.url)
    this.connection = socket
    this.form = form
    this.#request = request
  }
  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? (name === 'host' ? new URL(this.#request.url).host : undefined)
  }
  get remoteAddress(): string | undefined {
    return this.connection?.remoteAddress
  }
  get isEncrypted(): boolean {
    const socket = this.connection
    return socket === undefined ? this.#request.url.startsWith('https:') : 'encrypted' in socket && socket.encrypted === true
  }
  isHeadOpen(): boolean {
    return true
  }
}

/** A request of the Fetch standard as the core sees it. `socket` is its connection, where the platform tells. */
export function webIncoming(request: Request, socket: IncomingMessage['socket'] | undefined, form: () => unknown): IncomingRequest {
  return new WebRequest(request, socket, form)
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
