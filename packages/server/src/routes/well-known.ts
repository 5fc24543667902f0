import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { type Call, defineCall, type Service } from '../call.js'

/** A new key is published two minutes before it signs, so whoever asks once a minute always knows it. */
const KEEP_SECONDS = 60

/** What others need to know to verify tokens without asking. */
export function wellKnownCalls(service: Service): readonly Call[] {
  return [jwks(service), metadata(service)]
}

const keepFor = (c: Context): void => c.header('Cache-Control', `public, max-age=${KEEP_SECONDS}`)

const jwks = ({ sessions }: Service): Call =>
  defineCall({
    method: 'get',
    path: '/.well-known/jwks.json',
    who: 'anyone',
    summary: 'The keys that sign JWT tokens (RFC 7517)',
    answers: {
      200: {
        description: 'Those that sign, will sign and have signed. Empty for opaque tokens and for HS256, whose key is nobody else’s.',
        schema: z
          .strictObject({
            keys: z.array(
              z.strictObject({
                kty: z.enum(['OKP', 'EC']),
                crv: z.string(),
                x: z.string(),
                y: z.string().optional(),
                use: z.literal('sig'),
                alg: z.enum(['EdDSA', 'ES256']),
                kid: z.string(),
              }),
            ),
          })
          .openapi('JsonWebKeySet'),
      },
    },
    run({ c }) {
      keepFor(c)
      return c.json(sessions.publicKeys())
    },
  })

const metadata = ({ sessions, settings }: Service): Call =>
  defineCall({
    method: 'get',
    path: '/.well-known/oauth-authorization-server',
    who: 'anyone',
    summary: 'Where introspection, revocation and keys are (RFC 8414)',
    answers: {
      200: {
        description: 'There is no authorization or token endpoint: applications start sessions with the service key.',
        schema: z
          .strictObject({
            issuer: z.string(),
            jwks_uri: z.url(),
            introspection_endpoint: z.url(),
            revocation_endpoint: z.url(),
            introspection_endpoint_auth_methods_supported: z.array(z.string()),
            revocation_endpoint_auth_methods_supported: z.array(z.string()),
            response_types_supported: z.array(z.string()),
            grant_types_supported: z.array(z.string()),
          })
          .openapi('AuthorizationServerMetadata'),
      },
    },
    run({ c }) {
      const base = settings.publicUrl ?? new URL(c.req.url).origin
      const issuer = sessions.describeTokens().jwt?.issuer
      const methods = ['client_secret_basic']
      keepFor(c)
      return c.json({
        issuer: issuer !== undefined && /^https?:\/\//.test(issuer) ? issuer : base,
        jwks_uri: `${base}/.well-known/jwks.json`,
        introspection_endpoint: `${base}/oauth2/introspect`,
        revocation_endpoint: `${base}/oauth2/revoke`,
        introspection_endpoint_auth_methods_supported: methods,
        revocation_endpoint_auth_methods_supported: methods,
        response_types_supported: [],
        grant_types_supported: [],
      })
    },
  })
