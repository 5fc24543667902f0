import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { type Clock, isSessionError, type Logger, type SessionManager, systemClock } from 'sojourn'
import { proxiesOf, type SessionCookie, sessionCookie } from 'sojourn/http'
import { applicationCalls, callsOfTenants } from './application-calls.js'
import type { Call, Service } from './call.js'
import type { StorageDescription } from './describe-storage.js'
import { mount } from './mount.js'
import { describeCall, describeCredentials } from './openapi.js'
import { withPlainValidation } from './plain-validation.js'
import { answerProblem, Problem, problemOf } from './problem.js'
import { requestMetrics } from './request-metrics.js'
import { recordRequests, routeOf } from './request-record.js'
import { adminCalls } from './routes/admin.js'
import { authCalls } from './routes/auth.js'
import { dbscCalls } from './routes/dbsc.js'
import { ownDeviceCalls } from './routes/devices.js'
import { eventCalls } from './routes/events.js'
import { healthCalls } from './routes/health.js'
import { keyCalls } from './routes/keys.js'
import { metricsCalls } from './routes/metrics.js'
import { openApiCalls } from './routes/openapi.js'
import { revocationCalls } from './routes/revocations.js'
import { wellKnownCalls } from './routes/well-known.js'
import { securityHeaders } from './security-headers.js'
import type { ServiceApp, ServiceVariables } from './service-app.js'
import type { CallSettings, CookieSettings } from './settings.js'

export interface ServiceOptions {
  /** The engine. It stays the caller's: the service never closes it. */
  readonly sessions: SessionManager
  readonly settings: CallSettings
  /** Told by `/readyz?verbose` and `/metrics`. @default untold */
  readonly store?: StorageDescription
  /** @default the clock of this machine */
  readonly clock?: Clock
  /** pino fits as it is. @default silent */
  readonly logger?: Logger
  /** Whether the service is closing: then `/readyz` says so and connections are not kept. @default never */
  readonly draining?: () => boolean
}

const SILENT: Logger = Object.freeze({ info: () => undefined, warn: () => undefined, error: () => undefined })

/**
 * The HTTP API as an application of Hono: `fetch` answers requests, nothing listens. Every answer carries the security
 * headers and a request id, every error is a problem document (RFC 9457).
 */
export function createService({
  sessions,
  settings,
  store,
  clock = systemClock,
  logger = SILENT,
  draining = () => false,
}: ServiceOptions): ServiceApp {
  const app = new OpenAPIHono<ServiceVariables>()
  const metrics = requestMetrics()
  const service: Service = {
    sessions,
    settings,
    cookie: cookieOf(settings.cookie),
    proxies: proxiesOf(settings.trustProxy ?? [], settings.forwardedHeader ?? 'x-forwarded'),
    ...(store === undefined ? {} : { store }),
    logger,
    clock,
    requestMetrics: () => metrics.text(),
    draining,
  }

  app.use(setHeaders(settings.publicUrl, draining))
  const recorder = { clock, logger, metrics }
  app.use(recordRequests(recorder))
  const calls: readonly Call[] = [
    ...applicationCalls(service),
    ...authCalls(service),
    ...ownDeviceCalls(service),
    ...dbscCalls(service),
    ...adminCalls(service),
    ...eventCalls(service),
    ...keyCalls(service),
    ...wellKnownCalls(service),
    ...revocationCalls(service),
    ...healthCalls(service),
    ...metricsCalls(service),
    ...openApiCalls(app),
  ]
  describeCredentials(app, settings.cookie.name)
  for (const call of calls) describeCall(app, call)
  mount(app, service, calls, callsOfTenants(sessions, settings.tenantKeys ?? []))
  app.notFound((c) =>
    answerProblem(c, new Problem(404, 'INVALID_ARGUMENT', 'There is nothing at this address. GET /openapi.json lists all calls.')),
  )
  app.onError((error, c) => {
    reportFault(logger, c, error)
    return answerProblem(c, problemOf(error))
  })
  app.fetch = withPlainValidation(app.fetch, service, recorder)
  return app
}

const SAME_SITE = Object.freeze({ Lax: 'lax', Strict: 'strict', None: 'none' } as const)

function cookieOf({ name, secure, sameSite }: CookieSettings): SessionCookie {
  return sessionCookie({ name, sameSite: SAME_SITE[sameSite] }, secure)
}

function setHeaders(publicUrl: string | undefined, draining: () => boolean): MiddlewareHandler {
  const headers = securityHeaders(publicUrl)
  return async (c, next) => {
    await next()
    for (const [name, value] of headers) {
      // What is public may be kept; whoever answers with it says so.
      if (name !== 'Cache-Control' || !c.res.headers.has(name)) c.res.headers.set(name, value)
    }
    if (draining()) c.res.headers.set('Connection', 'close')
  }
}

/** Outages, attacks and what nobody expected are for the operator; any other refusal is in the line of its request. */
function reportFault(logger: Logger, c: Context, error: Error): void {
  const at = { requestId: String(c.get('requestId')), route: routeOf(c.get('route')) }
  if (isSessionError(error) && error.code === 'STORE_UNAVAILABLE') {
    logger.warn(
      { ...at, code: error.code, cause: error.cause instanceof Error ? error.cause.message : undefined },
      'the session store did not answer',
    )
  } else if (error instanceof Problem && error.parts.isSuspicious === true) {
    logger.warn({ ...at, code: error.code, detail: error.message }, 'a request was refused that no honest client sends')
  } else if (problemOf(error).status >= 500) {
    logger.error({ ...at, error: { name: error.name, message: error.message, stack: error.stack } }, 'a request failed')
  }
}
