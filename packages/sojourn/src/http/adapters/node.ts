import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerOf } from '../answer.js'
import type { RequireOptions } from '../guards.js'
import type { SojournOptions } from '../options.js'
import type { SojournRequest } from '../session.js'
import { connectRequireSession, connectSojourn, sendProblem } from './connect.js'

export type { SojournOptions, SojournRequest }

declare module 'http' {
  interface IncomingMessage {
    /** What this request has to do with sessions; there once `sojourn()` has run. */
    sojourn: SojournRequest
  }
}

export type NodeMiddleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

/** The middleware for `node:http`, `node:https` and what takes `(request, response, next)`. Sets `request.sojourn`, or answers the refusal itself. */
export function sojourn(options: SojournOptions): NodeMiddleware {
  return connectSojourn(options)
}

/** Lets a request through only with a session that has what is demanded; else answers 401 or 403. */
export function requireSession(options?: RequireOptions): NodeMiddleware {
  return connectRequireSession(options)
}

/**
 * Answers an error that a function of `request.sojourn` threw, with its status and challenge. False for what is no refusal of
 * this library, which is not answered.
 */
export function answerRefusal(error: unknown, response: ServerResponse): boolean {
  const answer = answerOf(error)
  if (answer === undefined || response.headersSent) return false
  sendProblem(response, answer)
  return true
}
