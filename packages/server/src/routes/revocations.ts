import { z } from '@hono/zod-openapi'
import { type Call, defineCall, type Service } from '../call.js'
import { Problem } from '../problem.js'

const seconds = z.int().openapi({ description: 'Seconds since the epoch.' })

const feed = z
  .strictObject({
    issuer: z.string(),
    maxLifetime: z.int().openapi({ description: 'Seconds. A token that claims to live longer is to be refused.' }),
    keys: z.array(z.string()).openapi({ description: 'Names (kid) of the keys whose tokens are good. One that was killed is not here.' }),
    salt: z.string(),
    sessions: z.array(z.strictObject({ sid: z.string(), exp: seconds })).openapi({ description: 'Sessions that have ended.' }),
    logins: z
      .array(z.strictObject({ subject: z.string().optional(), before: seconds, except: z.string().optional(), exp: seconds }))
      .openapi({
        description:
          'Tokens whose auth_time is below `before`, of one user (`subject`: base64url of SHA-256 over salt, dot and sub) or of everybody, unless their sid is `except`.',
      }),
    version: z.string().openapi({ description: 'Another one for each other answer.' }),
    next: z.string().openapi({ description: 'To be given back as `since`.' }),
  })
  .openapi('RevocationFeed')

const query = z.strictObject({
  since: z
    .string()
    .regex(/^\d{1,12}$/, 'It must be the `next` of an answer before.')
    .optional()
    .openapi({
      example: '29454720',
      description: 'The `next` of an answer before, of any node: only what may be new since then is answered.',
    }),
})

/** What was ended while JWT tokens of it are still out, for those who verify them offline. Decision 0028. */
export function revocationCalls({ sessions }: Service): readonly Call[] {
  return [
    defineCall({
      method: 'get',
      path: '/.well-known/sojourn-revocations',
      who: 'service',
      summary: 'What was ended while JWT tokens of it are still out',
      query,
      answers: {
        200: { description: 'The feed of all nodes, at most a second old.', schema: feed },
        304: { description: 'Nothing new: the answer would be the one that `If-None-Match` names.' },
        404: { description: 'There is no feed: `jwt.revocationFeed` is off.' },
      },
      async run({ c, query: { since } }) {
        if (sessions.describeTokens().jwt?.revocationFeed !== true)
          throw new Problem(
            404,
            'INVALID_ARGUMENT',
            'There is no revocation feed here. session_manager.token_generation.revocation_feed turns it on.',
          )
        const found = await sessions.revocations(since)
        const etag = `"${found.version}"`
        c.header('ETag', etag)
        // To be asked about each time, and not to be kept by anything between.
        c.header('Cache-Control', 'private, no-cache')
        if (c.req.header('if-none-match') === etag) return c.body(null, 304)
        return c.json(found)
      },
    }),
  ]
}
