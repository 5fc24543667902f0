import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerOf } from '../answer.js'
import type { RequireOptions } from '../guards.js'
import type { SojournOptions } from '../options.js'
import type { ProblemAnswer } from '../problem.js'
import { type Begun, type SojournRequest, sojournRequest } from '../session.js'
import { incomingOf, onHead } from './node-head.js'

type Next = (error?: unknown) => void
/** A request on which the middleware leaves its object; Express and Fastify tell the address before it was rewritten. */
export type ConnectRequest = IncomingMessage & { sojourn?: SojournRequest; readonly originalUrl?: string; readonly body?: unknown }
export type ConnectMiddleware = (request: ConnectRequest, response: ServerResponse, next: Next) => void

/** Sends a refusal. Headers that were set before, cookies among them, stay. */
export function sendProblem(response: ServerResponse, { status, headers, body }: ProblemAnswer): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) {
    const there = name === 'Vary' ? response.getHeader(name) : undefined
    response.setHeader(name, there === undefined ? value : `${String(there)}, ${value}`)
  }
  response.end(body)
}

function admit(request: ConnectRequest, response: ServerResponse, next: Next, begun: Begun): void {
  onHead(response, begun.writeHead)
  request.sojourn = begun.request
  if (begun.refused === undefined) next()
  else sendProblem(response, begun.refused)
}

/** The middleware in the shape `(request, response, next)` that Node's frameworks share. */
export function connectSojourn(options: SojournOptions): ConnectMiddleware {
  const begin = sojournRequest(options)
  return (request, response, next) => {
    // Mounted twice, for the site and for a part of it: one request has one session and one cookie.
    if (request.sojourn !== undefined) {
      next()
      return
    }
    let begun: Begun | Promise<Begun>
    try {
      begun = begin(incomingOf(request, response))
    } catch (error) {
      next(error)
      return
    }
    if (begun instanceof Promise) begun.then((ready) => admit(request, response, next, ready), next)
    else admit(request, response, next, begun)
  }
}

/** Lets a request through only with a session that has what is demanded. */
export function connectRequireSession(options?: RequireOptions): ConnectMiddleware {
  return (request, response, next) => {
    try {
      if (request.sojourn === undefined) throw new TypeError('requireSession was reached without sojourn(): put the middleware before it.')
      request.sojourn.requireSession(options)
    } catch (error) {
      const answer = answerOf(error)
      if (answer === undefined) next(error)
      else sendProblem(response, answer)
      return
    }
    next()
  }
}
