import type { OutgoingMessage, ServerResponse } from 'node:http'

type End = (this: ServerResponse, chunk?: unknown, encoding?: unknown, callback?: unknown) => ServerResponse

/** What is left to do before a response may end: undefined for nothing. */
export type Remaining = ((done: () => void) => void) | undefined

const BODILESS = new Set([204, 304])

/** The length of a last chunk, if it is the whole body: a head that is made before it would say `chunked`. */
function sayLength(response: ServerResponse, chunk: unknown, encoding: unknown): void {
  const isSaid = ['content-length', 'transfer-encoding', 'trailer'].some((name) => response.hasHeader(name))
  const { req, statusCode } = response
  if (isSaid || req?.method === 'HEAD' || BODILESS.has(statusCode) || statusCode < 200) return
  if (chunk === undefined || chunk === null) response.setHeader('Content-Length', 0)
  else if (typeof chunk === 'string')
    response.setHeader('Content-Length', Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8'))
  else if (chunk instanceof Uint8Array) response.setHeader('Content-Length', chunk.byteLength)
}

const functionOf = (argument: unknown): unknown => (typeof argument === 'function' ? argument : undefined)

/**
 * Keeps the end of a response back until what remains is done. The head is made at once, so that nobody takes the response for
 * one that has not begun, but nothing of the last chunk is sent: a browser that follows a redirect finds its session stored.
 */
export function holdEnd(response: ServerResponse, visit: { remaining(): Remaining }): void {
  const original = response.end as End
  let hasEnded = false
  const end: End = (first, second, third) => {
    // A second end does nothing, also while the first one waits.
    if (hasEnded) return response
    const chunk = typeof first === 'function' ? undefined : first
    const encoding = typeof second === 'function' ? undefined : second
    const callback = functionOf(first) ?? functionOf(second) ?? functionOf(third)
    // What is thrown here reaches the application, whose error handler may still answer.
    const left = visit.remaining()
    if (left === undefined) {
      hasEnded = true
      return original.call(response, chunk, encoding, callback)
    }
    if (!response.headersSent) {
      sayLength(response, chunk, encoding)
      response.writeHead(response.statusCode)
    }
    hasEnded = true
    left(() => original.call(response, chunk, encoding, callback))
    return response
  }
  response.end = end as OutgoingMessage['end'] as ServerResponse['end']
}
