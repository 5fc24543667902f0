import { z } from '@hono/zod-openapi'
import { isSessionError } from 'sojourn'
import { type Call, defineCall, type Service } from '../call.js'
import { exactly } from '../exact.js'

/** What a supervisor asks: is the process alive, and should it be sent requests? */
export function healthCalls(service: Service): readonly Call[] {
  return [alive('/healthz'), alive('/livez'), ready(service)]
}

const state = z.strictObject({ status: z.string() }).openapi('Health')

const alive = (path: '/healthz' | '/livez'): Call =>
  defineCall({
    method: 'get',
    path,
    who: 'anyone',
    summary: 'Whether the process answers',
    answers: { 200: { description: 'It does.', schema: state } },
    run: ({ c }) => c.json({ status: 'ok' }),
  })

const readiness = z
  .strictObject({ status: z.enum(['ready', 'unavailable']), checks: z.record(z.string(), z.enum(['ok', 'failed'])).optional() })
  .openapi('Readiness')

const ready = (service: Service): Call =>
  defineCall({
    method: 'get',
    path: '/readyz',
    who: 'anyone',
    summary: 'Whether requests can be served',
    query: exactly(z.strictObject({ verbose: z.enum(['', 'true', '1'], { error: 'verbose takes no value.' }).optional() })),
    answers: {
      200: { description: 'They can. With `?verbose` each check is listed.', schema: readiness },
      503: { description: 'They cannot: the store does not answer, or the service is closing.', schema: readiness },
    },
    async run({ c, query }) {
      const checks = { serving: service.draining() ? 'failed' : 'ok', store: (await storeAnswers(service)) ? 'ok' : 'failed' }
      const good = Object.values(checks).every((check) => check === 'ok')
      if (!good) c.header('Retry-After', '1')
      return c.json({ status: good ? 'ready' : 'unavailable', ...(query.verbose === undefined ? {} : { checks }) }, good ? 200 : 503)
    },
  })

async function storeAnswers({ sessions, logger }: Service): Promise<boolean> {
  try {
    await sessions.ping()
    return true
  } catch (error) {
    logger.warn({ code: isSessionError(error) ? error.code : 'unknown' }, 'the store did not answer a readiness check')
    return false
  }
}
