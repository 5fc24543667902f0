import { z } from '@hono/zod-openapi'
import type { Session } from 'sojourn'
import { type Call, defineCall, type Service } from '../call.js'
import { tokenForm } from '../schemas/requests.js'

/** Introspection and revocation, as OAuth 2.0 has them, for applications that know these and not Sojourn. */
export function oauthCalls(service: Service): readonly Call[] {
  return [introspect(service), revoke(service)]
}

const seconds = (date: Date): number => Math.floor(date.getTime() / 1_000)

function introspection(session: Session): Readonly<Record<string, unknown>> {
  return {
    active: true,
    sub: session.userId,
    sid: session.id,
    token_type: session.confirmation === undefined ? 'Bearer' : 'DPoP',
    cnf: session.confirmation,
    iat: seconds(session.createdAt),
    exp: seconds(session.expiresAt),
    auth_time: seconds(session.authTime),
    acr: session.acr,
    amr: session.amr,
  }
}

const introspect = ({ sessions }: Service): Call =>
  defineCall({
    method: 'post',
    path: '/oauth2/introspect',
    who: 'service',
    summary: 'Token introspection (RFC 7662)',
    body: tokenForm,
    form: true,
    answers: {
      200: {
        description: '`active` alone for any token that opens no session, whatever the reason.',
        schema: z
          .strictObject({
            active: z.boolean(),
            sub: z.string().optional(),
            sid: z.string().optional(),
            token_type: z.string().optional(),
            cnf: z.strictObject({ jkt: z.string() }).optional(),
            iat: z.int().optional(),
            exp: z.int().optional(),
            auth_time: z.int().optional(),
            acr: z.string().optional(),
            amr: z.array(z.string()).optional(),
          })
          .openapi('Introspection'),
      },
    },
    async run({ c, body }) {
      // The answer has no room for a new token, so none is made; who asks demands the proof by `cnf` (RFC 9449 6.2).
      const result = await sessions.validateSession(body.token, undefined, { renew: false, dpop: 'left-to-caller' })
      return c.json(result.isValid ? introspection(result.session) : { active: false })
    },
  })

const revoke = ({ sessions }: Service): Call =>
  defineCall({
    method: 'post',
    path: '/oauth2/revoke',
    who: 'service',
    summary: 'Token revocation (RFC 7009)',
    body: tokenForm,
    form: true,
    answers: { 200: { description: 'The token opens nothing now. Also for a token that is unknown.' } },
    async run({ c, body }) {
      // An id is no credential here, and a client that sends one in the place of a token must end nothing with it.
      if (!body.token.startsWith('sid_'))
        c.header('Sojourn-Level', (await sessions.terminateSession(body.token, { reason: 'revoked' })).level)
      return c.body(null, 200)
    },
  })
