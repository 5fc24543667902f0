import type { MiddlewareHandler } from 'hono'
import { type Clock, type Logger, randomSecret } from 'sojourn'
import type { RequestMetrics } from './request-metrics.js'

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

interface Recorder {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: RequestMetrics
}

/**
 * Gives every request an id and every answer one log line and one measurement. The line has the pattern of the route and
 * never the path, the query or a header: all of them can hold user ids, session ids and tokens.
 */
export function recordRequests({ clock, logger, metrics }: Recorder): MiddlewareHandler {
  return async (c, next) => {
    const started = clock.monotonic()
    const sent = c.req.header('x-request-id')
    const requestId = sent !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(sent) ? sent : randomSecret().slice(0, 22).replaceAll('_', '-')
    c.set('requestId', requestId)
    await next()
    c.res.headers.set('X-Request-Id', requestId)
    const method = METHODS.has(c.req.method) ? c.req.method : 'OTHER'
    const route = routeOf(c.get('route'))
    const took = clock.monotonic() - started
    metrics.observe(method, route, c.res.status, took / 1_000)
    logger.info({ requestId, method, route, status: c.res.status, ms: Math.round(took * 1_000) / 1_000 }, 'request')
  }
}

/** The pattern of the route that answered. */
export function routeOf(route: unknown): string {
  return typeof route === 'string' ? route : 'none'
}
