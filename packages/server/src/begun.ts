import type { Millis } from 'sojourn'

/** What was done with a request before the application got it. */
export interface Begun {
  /** By the monotonic clock: when the request came. */
  readonly since: Millis
  /** The body, which can be read only once. */
  readonly bytes: Promise<ArrayBuffer>
}

const requests = new WeakMap<Request, Begun>()

/** Begins to read a body; whoever answers the request later on finds it under way. */
export function beginReading(request: Request, since: Millis): Promise<ArrayBuffer> {
  const bytes = request.arrayBuffer()
  requests.set(request, { since, bytes })
  return bytes
}

/** What was begun of this request, if anything was. */
export function begunOf(request: Request): Begun | undefined {
  return requests.get(request)
}
