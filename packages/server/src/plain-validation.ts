import type { SessionManager, SessionValidationResult } from 'sojourn'
import { bearerToken } from 'sojourn/http'
import { beginReading } from './begun.js'
import { isJson, textOf } from './body.js'
import type { Service } from './call.js'
import { fittingKey } from './credentials.js'
import { parseJson } from './json.js'
import { Problem } from './problem.js'
import { type Recorder, recordAnswer, requestIdOf } from './request-record.js'
import { validateBody } from './schemas/requests.js'
import { securityHeaders } from './security-headers.js'
import type { ServiceApp } from './service-app.js'
import { sessionText } from './session-text.js'

const METHOD = 'POST'
export const VALIDATION_PATH = '/api/v1/sessions/validate'
/** Larger bodies than any that is plain. */
const MAX_PLAIN_BYTES = 16_384

type Fetch = ServiceApp['fetch']

/** Behind the host of an address without anything after the path. */
const isAt = (url: string, path: string): boolean =>
  url.endsWith(path) && url.indexOf('/', url.indexOf('://') + '://'.length) === url.length - path.length

/**
 * Answers the busiest call, `POST /api/v1/sessions/validate`, where there is nothing to decide: the service key that is bound to no
 * tenant, a well-formed body, and a session that memory may answer for. Everything else goes the way of all calls, which gives
 * the same answer; what is read of the body until then is found there (begun.ts).
 */
export function withPlainValidation(fetch: Fetch, service: Service, recorder: Recorder): Fetch {
  const headers = Object.fromEntries(
    [...securityHeaders(service.settings.publicUrl), ['Content-Type', 'application/json'] as const]
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  const answer = async (
    request: Request,
    ...rest: Parameters<Fetch> extends [unknown, ...infer Rest] ? Rest : never
  ): Promise<Response> => {
    const started = recorder.clock.monotonic()
    const verdict = await plainVerdict(service.sessions, beginReading(request, started))
    if (verdict === undefined) return await fetch(request, ...rest)
    const requestId = requestIdOf(request.headers.get('x-request-id') ?? undefined)
    recordAnswer(recorder, { requestId, method: METHOD, route: VALIDATION_PATH, status: 200, started })
    const closing = service.draining() ? { connection: 'close' } : {}
    return new Response(`{"isValid":true,"session":${verdict}}`, { headers: { ...headers, 'x-request-id': requestId, ...closing } })
  }
  return (request, ...rest) => (isPlain(service, request) ? answer(request, ...rest) : fetch(request, ...rest))
}

/** Whether a request can be the plain one, by all that stands before its body. */
function isPlain({ settings }: Service, request: Request): boolean {
  if (request.method !== METHOD || !isAt(request.url, VALIDATION_PATH)) return false
  const { headers } = request
  const length = headers.get('content-length')
  if (length === null || !(Number(length) <= MAX_PLAIN_BYTES) || headers.has('transfer-encoding') || headers.has('content-encoding'))
    return false
  if (!isJson(headers.get('content-type') ?? '')) return false
  const sent = bearerToken(headers.get('authorization') ?? undefined)
  const { serviceKey, tenantKeys = [] } = settings
  return sent !== undefined && fittingKey(sent, [serviceKey, ...tenantKeys.map(({ key }) => key)]) === 0
}

/** The session as JSON; undefined where the verdict is not plain. */
async function plainVerdict(sessions: SessionManager, reading: Promise<ArrayBuffer>): Promise<string | undefined> {
  const result = warmResult(sessions, await bodyIn(reading))
  return result?.isValid === true && result.renewed === undefined ? sessionText(result.session) : undefined
}

/** The text of the body; undefined if it did not come, which is said elsewhere. */
async function bodyIn(reading: Promise<ArrayBuffer>): Promise<string | undefined> {
  try {
    return textOf(await reading)
  } catch {
    return undefined
  }
}

function warmResult(sessions: SessionManager, text: string | undefined): SessionValidationResult | undefined {
  const value = text === undefined ? undefined : objectIn(text)
  const parsed = value === undefined ? undefined : validateBody.safeParse(value)
  if (parsed?.success !== true) return undefined
  const { token, context, options } = parsed.data
  return sessions.validateNow?.(token, context, options)
}

/** The object in a text; undefined if there is none, which is said elsewhere. */
function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return parseJson(text)
  } catch (fault) {
    if (fault instanceof Problem) return undefined
    throw fault
  }
}
