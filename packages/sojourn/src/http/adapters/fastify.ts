import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerOf } from '../answer.js'
import type { RequireOptions } from '../guards.js'
import type { SojournOptions } from '../options.js'
import type { ProblemAnswer } from '../problem.js'
import { type Begun, type SojournRequest, sojournRequest } from '../session.js'
import { incomingOf, onHead } from './node-head.js'

export type { SojournOptions, SojournRequest }

declare module 'fastify' {
  interface FastifyRequest {
    /** What this request has to do with sessions; there from `onRequest` on. */
    sojourn: SojournRequest
  }
}

/** The few parts of Fastify that are used. */
interface Request {
  readonly raw: IncomingMessage
  readonly originalUrl: string
  sojourn: SojournRequest
}
interface Reply {
  readonly raw: ServerResponse
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(body: string): unknown
}
interface Instance {
  decorateRequest(name: 'sojourn', value: null): unknown
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply, done: (error?: Error) => void) => void): unknown
}
type Hook = (request: Request, reply: Reply) => Promise<unknown>

function refuse(reply: Reply, { status, headers, body }: ProblemAnswer): unknown {
  reply.code(status)
  reply.headers({ ...headers })
  return reply.send(body)
}

/** The plugin for Fastify 5: `await app.register(sojourn({ sessions }))`. It holds for the whole instance that it is registered in. */
export function sojourn(options: SojournOptions): (app: Instance) => Promise<void> {
  const begin = sojournRequest(options)
  const plugin = async (app: Instance): Promise<void> => {
    app.decorateRequest('sojourn', null)
    app.addHook('onRequest', (request, reply, done) => {
      const admit = (begun: Begun): void => {
        onHead(reply.raw, begun.writeHead)
        request.sojourn = begun.request
        if (begun.refused === undefined) done()
        else refuse(reply, begun.refused)
      }
      const begun = begin(incomingOf(request.raw, reply.raw, request.originalUrl))
      if (begun instanceof Promise) begun.then(admit).catch(done)
      else admit(begun)
    })
  }
  // What fastify-plugin does: the hook is for the instance that registers it and not for a new one inside.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'sojourn' })
}

/** A `preHandler` (or any later hook) that lets a request through only with a session that has what is demanded; else answers 401 or 403. */
export function requireSession(options?: RequireOptions): Hook {
  return async (request, reply) => {
    try {
      request.sojourn.requireSession(options)
      return undefined
    } catch (error) {
      const answer = answerOf(error)
      if (answer === undefined) throw error
      return refuse(reply, answer)
    }
  }
}

/**
 * Answers errors that functions of `request.sojourn` threw, with their status and challenge: `app.setErrorHandler(refusals())`.
 * Throws every other error again, for the handler of Fastify.
 */
export function refusals(): (error: unknown, request: unknown, reply: Reply) => unknown {
  return (error, _request, reply) => {
    const answer = answerOf(error)
    if (answer === undefined) throw error
    return refuse(reply, answer)
  }
}
