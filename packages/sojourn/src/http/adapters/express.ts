import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerOf } from '../answer.js'
import type { RequireOptions } from '../guards.js'
import type { SojournOptions } from '../options.js'
import type { SojournRequest } from '../session.js'
import { connectRequireSession, connectSojourn, sendProblem } from './connect.js'

export type { SojournOptions, SojournRequest }

declare global {
  // biome-ignore lint/style/noNamespace: the types of Express 4 and 5 are extended by this namespace only.
  namespace Express {
    interface Request {
      /** What this request has to do with sessions; there once `sojourn()` has run. */
      sojourn: SojournRequest
    }
  }
}

type Next = (error?: unknown) => void
/** Fits `app.use` and routes of Express 4 and 5. */
export type ExpressMiddleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void
export type ExpressErrorMiddleware = (error: unknown, request: IncomingMessage, response: ServerResponse, next: Next) => void

/** The middleware for Express 4 and 5. Sets `req.sojourn`, or answers the refusal itself. Fields of forms are known to it after a body parser only. */
export function sojourn(options: SojournOptions): ExpressMiddleware {
  return connectSojourn(options)
}

/** Lets a request through only with a session that has what is demanded; else answers 401 or 403. */
export function requireSession(options?: RequireOptions): ExpressMiddleware {
  return connectRequireSession(options)
}

/** Answers errors that functions of `req.sojourn` threw, with their status and challenge; the last `app.use`. Hands on every other error. */
export function refusals(): ExpressErrorMiddleware {
  return (error, _request, response, next) => {
    const answer = answerOf(error)
    if (answer === undefined || response.headersSent) next(error)
    else sendProblem(response, answer)
  }
}
