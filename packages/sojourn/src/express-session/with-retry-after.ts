import { isSessionError } from '../errors.js'

/**
 * Gives an error of a store that does not answer the headers that belong to its status. Express and Fastify put `headers` of an error
 * into the response that they make of it, so an application that has no error page of its own says when to try again.
 */
export function withRetryAfter(error: unknown): unknown {
  if (!isSessionError(error) || error.retryAfter === undefined || 'headers' in error) return error
  const headers = Object.freeze({ 'Retry-After': String(Math.max(1, Math.ceil(error.retryAfter))) })
  // Not enumerable: it is no part of what the error tells.
  return Object.defineProperty(error, 'headers', { value: headers })
}
