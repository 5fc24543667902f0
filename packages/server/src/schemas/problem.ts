import { z } from '@hono/zod-openapi'

const members = {
  path: z.string().optional().openapi({ description: 'Where the wrong value stands, for example context.deviceId.' }),
  expired: z.enum(['idle', 'lifetime', 'absolute']).optional(),
  renewable: z.boolean().optional(),
  reason: z.string().optional(),
  nonce: z.string().optional().openapi({ description: 'What the next DPoP proof must be made over.' }),
  retryAfter: z.number().optional().openapi({ description: 'Seconds.' }),
  maxAge: z.number().optional().openapi({ description: 'How old the login may be, in seconds (RFC 9470).' }),
  acrValues: z.array(z.string()).optional().openapi({ description: 'Classes of login that will do (RFC 9470).' }),
}

/** RFC 9457. */
export const problem: z.ZodObject = z
  .strictObject({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    ...members,
    'violated-policies': z.array(z.string()).optional().openapi({ description: 'Which quota is used up, for RATE_LIMITED.' }),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
    error: z.string().optional().openapi({ description: 'The code of RFC 6749 5.2, for the calls of OAuth.' }),
  })
  .openapi('Problem')

/** Why a token opens no session now. */
export const refusal: z.ZodObject = z
  .strictObject({ code: z.string(), status: z.int(), message: z.string(), ...members })
  .openapi('Refusal')
