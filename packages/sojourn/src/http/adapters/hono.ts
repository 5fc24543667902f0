import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerOf } from '../answer.js'
import type { RequireOptions } from '../guards.js'
import type { Head } from '../incoming.js'
import type { SojournOptions } from '../options.js'
import { type SojournRequest, sojournRequest } from '../session.js'
import { onHead } from './node-head.js'
import { webHead, webIncoming, webProblem } from './web.js'

export type { SojournOptions, SojournRequest }

/** For `new Hono<{ Variables: SojournVariables }>()`. */
export interface SojournVariables {
  /** What this request has to do with sessions; there once `sojourn()` has run. */
  sojourn: SojournRequest
}

/** The few parts of Hono's context that are used. */
interface Context {
  readonly env: unknown
  readonly req: { readonly raw: Request; parseBody(): Promise<unknown> }
  res: Response
  readonly error: Error | undefined
  set: unknown
  get: unknown
}
type Next = () => Promise<void>
export type HonoMiddleware = (c: Context, next: Next) => Promise<Response | undefined>

/** What `@hono/node-server` keeps of the connection; for other platforms there is the option `remoteAddress`. */
type NodeEnvironment = { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse } | undefined

/**
 * Writes the head once: into the answer of Hono, where middleware around it sees it (`finish`), or, where a handler answers with Node's
 * own response, as that is sent.
 */
function onceOn(env: NodeEnvironment, write: (head: Head) => void): { finish(head: Head): void } {
  let isWritten = false
  const finish = (head: Head): void => {
    if (isWritten) return
    isWritten = true
    release?.()
    write(head)
  }
  const release = typeof env?.outgoing?.writeHead === 'function' ? onHead(env.outgoing, finish) : undefined
  return { finish }
}

const place = (c: Context, request: SojournRequest): void => (c.set as (name: string, value: SojournRequest) => void)('sojourn', request)

const taken = (c: Context): SojournRequest | undefined => (c.get as (name: string) => SojournRequest | undefined)('sojourn')

/** Puts an answer in the place of the one that is there; without the step between, Hono would add the headers of that one. */
function put(c: Context, answer: Response): void {
  c.res = undefined as unknown as Response
  c.res = answer
}

/** The head of Hono's answer. Those of `fetch` and `Response.redirect` do not let their headers be changed, and are copied then. */
function headOf(c: Context): Head {
  const change = (edit: (headers: Headers) => void): void => {
    try {
      edit(c.res.headers)
    } catch (fault) {
      if (!(fault instanceof TypeError)) throw fault
      put(c, new Response(c.res.body, c.res))
      edit(c.res.headers)
    }
  }
  return {
    get: (name) => c.res.headers.get(name) ?? undefined,
    set: (name, value) => change((headers) => headers.set(name, value)),
    remove: (name) => change((headers) => headers.delete(name)),
    append: (name, value) => change((headers) => headers.append(name, value)),
  }
}

/** The middleware for Hono 4. `c.get('sojourn')`; answers refusals itself, also those that a route throws. */
export function sojourn(options: SojournOptions): HonoMiddleware {
  const begin = sojournRequest(options)
  return async (c, next) => {
    // Mounted twice, for the site and for a part of it: one request has one session and one cookie.
    if (taken(c) !== undefined) {
      await next()
      return undefined
    }
    const env = c.env as NodeEnvironment
    const begins = begin(webIncoming(c.req.raw, env?.incoming?.socket, () => c.req.parseBody()))
    const begun = begins instanceof Promise ? await begins : begins
    place(c, begun.request)
    if (begun.refused !== undefined) {
      const answer = webProblem(begun.refused)
      begun.writeHead(webHead(answer.headers))
      return answer
    }
    const head = onceOn(env, begun.writeHead)
    await next()
    const answer = c.error !== undefined && c.res.status === 500 ? answerOf(c.error) : undefined
    if (answer !== undefined) put(c, webProblem(answer))
    head.finish(headOf(c))
    return undefined
  }
}

/** Lets a request through only with a session that has what is demanded; else answers 401 or 403. */
export function requireSession(options?: RequireOptions): HonoMiddleware {
  return async (c, next) => {
    try {
      const request = taken(c)
      if (request === undefined) throw new TypeError('requireSession was reached without sojourn(): put the middleware before it.')
      request.requireSession(options)
    } catch (error) {
      const answer = answerOf(error)
      if (answer === undefined) throw error
      return webProblem(answer)
    }
    await next()
    return undefined
  }
}
