import { z } from '@hono/zod-openapi'
import { isSessionError } from 'sojourn'
import { type Call, defineCall, type Service } from '../call.js'
import { exactly } from '../exact.js'
import { mode } from '../schemas/mode.js'

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
    mode: mode.optional(),
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

/** A node whose clock is further off would end sessions too early or too late (security.md TMO-8). */
const MOST_SKEW = 30_000

const ready = (service: Service): Call =>
  defineCall({
    method: 'get',
    path: '/readyz',
    who: 'anyone',
    summary: 'Whether requests can be served',
    query: exactly(z.strictObject({ verbose: z.enum(['', 'true', '1'], { error: 'verbose takes no value.' }).optional() })),
    answers: {
      200: { description: 'They can. With `?verbose` each check is listed, and how the node stands.', schema: readiness },
      503: { description: 'They cannot: the store does not answer, the clock is wrong, or the service is closing.', schema: readiness },
    },
    async run({ c, query }) {
      const { store } = service
      const answers = await storeAnswers(service)
      const checks = {
        // A node that does not hear of changes can say nothing about sessions, however well the store answers.
        changes: !answers || service.sessions.mode() === 'healthy' ? 'ok' : 'failed',
        serving: service.draining() ? 'failed' : 'ok',
        store: answers ? 'ok' : 'failed',
        // Without the store there is nothing to compare the clock with, and one reason is enough.
        clock: !answers || (await service.sessions.clockSkew()) <= MOST_SKEW ? 'ok' : 'failed',
      }
      const more = query.verbose === undefined ? {} : { mode: service.sessions.mode(), checks, ...(store === undefined ? {} : { store }) }
      if (Object.values(checks).every((check) => check === 'ok')) return c.json({ status: 'ready', ...more })
      c.header('Retry-After', '1')
      const reason =
        checks.serving === 'failed'
          ? 'The service is closing.'
          : checks.store === 'failed'
            ? `The session store${store === undefined ? '' : ` (${store.type})`} does not answer.`
            : checks.changes === 'failed'
              ? 'This node does not hear of changes by the others at present. It tries to.'
              : 'The clock of this host is wrong: it is too far from that of the session store, or was put back. Set it right and start the service again.'
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
