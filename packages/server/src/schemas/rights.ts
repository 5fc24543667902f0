import { z } from '@hono/zod-openapi'
import type { AccountEvent, Operation, ReauthenticateOptions } from 'sojourn'
import { exactly } from '../exact.js'
import { context } from './context.js'
import { exactlyOne, expiresIn, flag, type TokenRequest, type Which, which } from './requests.js'
import { identifier, identifiers, instant, reason, sessionId, text, token } from './text.js'

const reauthenticateOptions = z
  .strictObject(
    {
      authTime: instant.optional(),
      acr: identifier('acr', 'urn:example:loa:2').optional(),
      amr: identifiers('amr', 'A method', 'otp').optional(),
      roles: identifiers('roles', 'A role', 'member').optional(),
      permissions: identifiers('permissions', 'A permission', 'orders:read').optional(),
      tenant: identifier('A tenant', 'acme').optional(),
      data: z.record(z.string(), z.unknown(), { error: 'data is a JSON object of at most 64 KiB.' }).optional(),
    },
    { error: 'options is an object.' },
  )
  .openapi('ReauthenticateOptions')

interface ReauthenticateRequest extends TokenRequest {
  /** As in the library, with the instant as text. */
  readonly options?: Omit<ReauthenticateOptions, 'authTime'> & { readonly authTime?: string }
}

export const reauthenticateBody: z.ZodType<ReauthenticateRequest> = exactly(
  z.strictObject({ token, context: context.optional(), options: reauthenticateOptions.optional() }),
)

export const rolesBody: z.ZodType<Which & { readonly roles: readonly string[]; readonly rotate?: boolean }> = exactly(
  exactlyOne(
    z.strictObject({
      ...which,
      roles: identifiers('roles', 'A role', 'member'),
      rotate: flag('rotate is true or false.').optional(),
    }),
  ),
)

const operation = {
  operation: identifier('An operation', 'payment.send'),
  resource: identifier('A resource', 'payment-4711').optional(),
}

export const grantBody: z.ZodType<Operation & { readonly token: string; readonly expiresIn?: number | string }> = exactly(
  z.strictObject({ token, ...operation, expiresIn: expiresIn.optional() }),
)

const grant = text({
  most: 255,
  pattern: /^[A-Za-z0-9_-]+$/,
  allowed: 'A grant is the text that was answered when the operation was allowed.',
  example: 'W7fQm0cYt2Q8d1nJ5kz3b6R9xV4aL0pS',
})

export const useGrantBody: z.ZodType<Operation & { readonly token: string; readonly grant: string }> = exactly(
  z.strictObject({ token, grant, ...operation }),
)

const EVENTS = [
  'password-changed',
  'factor-changed',
  'email-changed',
  'account-disabled',
  'account-enabled',
  'account-deleted',
  'compromised',
] as const satisfies readonly AccountEvent[]

export const accountEventBody: z.ZodType<{ readonly event: AccountEvent; readonly currentToken?: string }> = exactly(
  z.strictObject({
    event: z.enum(EVENTS, { error: `event is one of ${EVENTS.join(', ')}.` }),
    currentToken: token.optional(),
  }),
)

interface EndSessionsRequest {
  readonly userId?: string
  readonly tenant?: string
  readonly all?: true
  readonly reason: string
  readonly except?: string
  readonly authTime?: string
}

const WHOSE = 'Say whose sessions are meant: userId, tenant, both, or all by itself.'

export const endSessionsBody: z.ZodType<EndSessionsRequest> = exactly(
  z
    .strictObject({
      userId: identifier('A user id', 'alice').optional(),
      tenant: identifier('A tenant', 'acme').optional(),
      all: z.literal(true, { error: 'all is true, or is left out.' }).optional(),
      reason,
      except: sessionId.optional(),
      authTime: instant.optional(),
    })
    .refine(({ userId, tenant, all }) => (all === true) !== (userId !== undefined || tenant !== undefined), {
      path: ['all'],
      message: WHOSE,
    })
    .openapi({
      oneOf: [{ required: ['userId'] }, { required: ['tenant'], not: { required: ['userId'] } }, { required: ['all'] }],
    }),
)
