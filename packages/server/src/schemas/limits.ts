import { z } from '@hono/zod-openapi'

const limit = z
  .strictObject({
    value: z.int().nullable().openapi({ description: 'Milliseconds, or a number; null where there is no limit.' }),
    by: z.string().openapi({ description: 'general, remember-me, role:<name>, or creation: the session was promised less.' }),
  })
  .openapi('EffectiveLimit')

/** What holds for one session now. */
export const effectiveLimits: z.ZodObject = z
  .strictObject({
    sessionId: z.string(),
    roles: z.array(z.string()),
    rememberMe: z.boolean(),
    idleTimeout: limit,
    sessionLifetime: limit,
    maxSessionDuration: limit,
    absoluteTimeout: limit,
    maxConcurrentSessions: limit,
    maxRenewals: limit,
    gracePeriod: limit,
    elevationDuration: limit,
    requireReauthAfter: limit,
  })
  .openapi('EffectiveLimits')
