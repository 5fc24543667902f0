import { isSessionError, type SessionError, storeUnavailable } from '../../errors.js'

/** Error replies that a server gives instead of carrying the command out, and that can pass by themselves within a moment. */
const PASSING = new Set(['TRYAGAIN', 'CLUSTERDOWN', 'LOADING', 'MASTERDOWN', 'READONLY'])

/** The first word of an error reply, such as `READONLY`. Redis 6 puts a sentence before it when the error arose in a script. */
export function replyCode(fault: unknown): string | undefined {
  if (!(fault instanceof Error)) return undefined
  return /^(?:ERR Error running script .*? -)?([A-Z]{3,})\b/.exec(fault.message)?.[1]
}

/** Whether the server has said that it did nothing, and may do it in a moment. Anything that is not an answer proves nothing. */
export function provesNothingDone(fault: unknown): boolean {
  const code = replyCode(fault)
  return code !== undefined && PASSING.has(code)
}

/** There was no connection to send a command over. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError'

  constructor(cause: unknown) {
    super(plainCause(cause).message, { cause })
  }
}

/** Longest part of a driver's message that is passed on. */
const MESSAGE_CHARS = 160

/**
 * The fault in words that may be logged. Drivers attach the command with its arguments to their errors, and servers quote
 * arguments in their replies; what follows a quotation mark or a brace is cut off.
 */
export function plainCause(fault: unknown): Error {
  if (!(fault instanceof Error)) return new Error('The driver of Redis failed.')
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined
  const message = /^[^'"`{\r\n]*/.exec(fault.message)?.[0].slice(0, MESSAGE_CHARS).trim() ?? ''
  return new Error(message === '' ? `The connection to Redis failed (${code ?? fault.name}).` : message)
}

/** The one error that verbs throw for trouble with the server. */
export function asUnavailable(fault: unknown): SessionError {
  if (isSessionError(fault) && (fault.code === 'STORE_UNAVAILABLE' || fault.code === 'INVALID_ARGUMENT')) return fault
  return storeUnavailable(plainCause(fault))
}
