import type { MiddlewareHandler } from 'hono'
import { type Clock, type Logger, type Millis, randomSecret } from 'sojourn'
import { begunOf } from './begun.js'
import type { RequestMetrics } from './request-metrics.js'

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Where answers are recorded. */
export interface Recorder {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: RequestMetrics
}

/** The id that was sent along, if it is one that can stand in a log, or else a new one. */
export function requestIdOf(sent: string | undefined): string {
  return sent !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(sent) ? sent : randomSecret().slice(0, 22).replaceAll('_', '-')
}

interface Answered {
  readonly requestId: string
  readonly method: string
  readonly route: string
  readonly status: number
  /** When the request came, by the monotonic clock. */
  readonly started: Millis
}

/**
 * One log line and one measurement. The line has the pattern of the route and never the path, the query or a header: all of
 * them can hold user ids, session ids and tokens.
 */
export function recordAnswer({ clock, logger, metrics }: Recorder, { requestId, method, route, status, started }: Answered): void {
  const took = clock.monotonic() - started
  metrics.observe(method, route, status, took / 1_000)
  logger.info({ requestId, method, route, status, ms: Math.round(took * 1_000) / 1_000 }, 'request')
}

/** Gives every request an id, and records every answer. */
export function recordRequests(recorder: Recorder): MiddlewareHandler {
  return async (c, next) => {
    const started = begunOf(c.req.raw)?.since ?? recorder.clock.monotonic()
    const requestId = requestIdOf(c.req.header('x-request-id'))
    c.set('requestId', requestId)
    await next()
    c.res.headers.set('X-Request-Id', requestId)
    const method = METHODS.has(c.req.method) ? c.req.method : 'OTHER'
    recordAnswer(recorder, { requestId, method, route: routeOf(c.get('route')), status: c.res.status, started })
  }
}

/** The pattern of the route that answered. */
export function routeOf(route: unknown): string {
  return typeof route === 'string' ? route : 'none'
}
