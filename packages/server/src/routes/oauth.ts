import { z } from '@hono/zod-openapi'
import type { Introspection } from 'sojourn'
import { type Call, defineCall, type SessionAccess } from '../call.js'
import { tokenForm } from '../schemas/requests.js'

/** Introspection and revocation, as OAuth 2.0 has them, for applications that know these and not Sojourn. */
export function oauthCalls(service: SessionAccess): readonly Call[] {
  return [introspect(service), revoke(service)]
}

const seconds = (date: Date): number => Math.floor(date.getTime() / 1_000)

function introspectionJson(token: Introspection): Readonly<Record<string, unknown>> {
  if (!token.active) return { active: false }
  const { session, subject, issuedAt, expiresAt, issuer, audience, clientId } = token
  return {
    active: true,
    sub: subject,
    sid: session.id,
    token_type: session.confirmation === undefined ? 'Bearer' : 'DPoP',
    cnf: session.confirmation,
    iat: seconds(issuedAt),
    exp: seconds(expiresAt),
    auth_time: seconds(session.authTime),
    acr: session.acr,
    amr: session.amr,
    ...(issuer === undefined ? {} : { iss: issuer, aud: audience, client_id: clientId, username: session.userId }),
  }
}

const introspect = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/oauth2/introspect',
    who: 'service',
    basic: true,
    summary: 'Token introspection (RFC 7662)',
    body: tokenForm,
    form: true,
    answers: {
      200: {
        description: '`active` alone for any token that opens no session, whatever the reason.',
        schema: z
          .strictObject({
            active: z.boolean(),
            sub: z.string().optional().openapi({ description: 'As in the token, if it is a JWT; else the user id.' }),
            username: z.string().optional().openapi({ description: 'The user id, where sub may be a pseudonym.' }),
            iss: z.string().optional(),
            aud: z.string().optional(),
            client_id: z.string().optional(),
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
      return c.json(introspectionJson(await sessions.introspectToken(body.token)))
    },
  })

const revoke = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/oauth2/revoke',
    who: 'service',
    basic: true,
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
