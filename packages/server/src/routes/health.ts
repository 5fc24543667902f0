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
  .strictObject({
    status: z.enum(['ready', 'unavailable']),
    reason: z.string().optional().openapi({ description: 'Why not, as a sentence.' }),
    checks: z.record(z.string(), z.enum(['ok', 'failed'])).optional(),
    store: z
      .strictObject({
        type: z.string().openapi({ example: 'redis' }),
        mode: z.string().openapi({ example: 'sentinel' }),
        copies: z.int().openapi({ description: 'How many copies hold a change that counts as durable.' }),
      })
      .optional(),
  })
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
      const { store } = service
      const checks = { serving: service.draining() ? 'failed' : 'ok', store: (await storeAnswers(service)) ? 'ok' : 'failed' }
      const more = query.verbose === undefined ? {} : { checks, ...(store === undefined ? {} : { store }) }
      if (checks.serving === 'ok' && checks.store === 'ok') return c.json({ status: 'ready', ...more })
      c.header('Retry-After', '1')
      const reason =
        checks.serving === 'ok'
          ? `The session store${store === undefined ? '' : ` (${store.type})`} does not answer.`
          : 'The service is closing.'
      return c.json({ status: 'unavailable', reason, ...more }, 503)
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
