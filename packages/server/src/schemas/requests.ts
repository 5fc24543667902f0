import { z } from '@hono/zod-openapi'
import type { CreateOptions, ProofOptions, SessionContext, SessionQuery, ValidateOptions } from 'sojourn'
import { exactly } from '../exact.js'
import { context, contextChanges } from './context.js'
import { confirmation, proofFields } from './proofs.js'
import { identifier, identifiers, instant, reason, sessionId, text, token } from './text.js'

export const flag = (allowed: string): z.ZodBoolean => z.boolean({ error: allowed })

const createOptions = z
  .strictObject(
    {
      rememberMe: flag('rememberMe is true or false.').optional(),
      roles: identifiers('roles', 'A role', 'member').optional(),
      permissions: identifiers('permissions', 'A permission', 'orders:read').optional(),
      tenant: identifier('A tenant', 'acme').optional(),
      data: z.record(z.string(), z.unknown(), { error: 'data is a JSON object of at most 64 KiB.' }).optional(),
      authTime: instant.optional(),
      amr: identifiers('amr', 'A method', 'pwd').optional(),
      acr: identifier('acr', 'urn:example:loa:2').optional(),
      replaces: token.optional(),
      dpop: confirmation.optional(),
      kind: z.enum(['user', 'pending', 'anonymous'], { error: 'kind is "user", "pending" or "anonymous".' }).optional(),
      actor: identifier('An actor', 'admin-7').optional(),
      carryOver: identifiers('carryOver', 'A key of data', 'cart').optional(),
    },
    { error: 'options is an object.' },
  )
  .openapi('CreateOptions')

interface CreateRequest {
  /** Null for an anonymous session. */
  readonly userId: string | null
  readonly context?: SessionContext
  /** As in the library, with the instant as text. */
  readonly options?: Omit<CreateOptions, 'authTime'> & { readonly authTime?: string }
}

export const createBody: z.ZodType<CreateRequest> = exactly(
  z.strictObject({ userId: identifier('A user id', 'alice').nullable(), context: context.optional(), options: createOptions.optional() }),
)

export interface TokenRequest {
  readonly token: string
  readonly context?: SessionContext
}

const ALLOW = 'allow is a list of "pending" and "anonymous".'

export const validateBody: z.ZodType<TokenRequest & { readonly options?: ValidateOptions }> = exactly(
  z.strictObject({
    token,
    context: context.optional(),
    options: z
      .strictObject(
        {
          activity: flag('activity is true or false.').optional(),
          renew: flag('renew is true or false.').optional(),
          allow: z
            .array(z.enum(['pending', 'anonymous'], { error: ALLOW }), { error: ALLOW })
            .max(2, ALLOW)
            .optional(),
          ...proofFields,
        },
        { error: 'options is an object.' },
      )
      .optional(),
  }),
)

export const renewBody: z.ZodType<TokenRequest & { readonly options?: ProofOptions }> = exactly(
  z.strictObject({
    token,
    context: context.optional(),
    options: z.strictObject(proofFields, { error: 'options is an object.' }).optional(),
  }),
)

/** Which session is meant: exactly one of both is there. */
export interface Which {
  readonly token?: string
  readonly sessionId?: string
}

export const which: { readonly token: z.ZodOptional<z.ZodString>; readonly sessionId: z.ZodOptional<z.ZodString> } = {
  token: token.optional(),
  sessionId: sessionId.optional(),
}

export const exactlyOne = <T extends z.ZodObject>(schema: T): T =>
  schema
    .refine((body) => (body['token'] === undefined) !== (body['sessionId'] === undefined), {
      path: ['token'],
      message: 'Send the token of the session, or its id as sessionId, and not both.',
    })
    .openapi({ oneOf: [{ required: ['token'] }, { required: ['sessionId'] }] })

export const terminateBody: z.ZodType<Which & { readonly reason?: string }> = exactly(
  exactlyOne(z.strictObject({ ...which, reason: reason.optional() })),
)

export const contextBody: z.ZodType<Which & { readonly context: SessionContext & { readonly lastActivity?: string } }> = exactly(
  exactlyOne(z.strictObject({ ...which, context: contextChanges })),
)

const LENGTH_OF_TIME = 'A length of time is a number of milliseconds from 1 on, or a string like 30s, 15m, 8h or 7d.'

export const expiresIn: z.ZodType<number | string> = z.union(
  [
    z.int().min(1, LENGTH_OF_TIME),
    text({ most: 20, pattern: /^\d{1,12}(?:\.\d{1,6})?(?:ms|s|m|h|d)$/, allowed: LENGTH_OF_TIME, example: '15m' }),
  ],
  { error: LENGTH_OF_TIME },
)

export const permissionsBody: z.ZodType<
  Which & { readonly permissions: readonly string[]; readonly expiresIn?: number | string; readonly rotate?: boolean }
> = exactly(
  exactlyOne(
    z.strictObject({
      ...which,
      permissions: identifiers('permissions', 'A permission', 'orders:refund'),
      expiresIn: expiresIn.optional(),
      rotate: flag('rotate is true or false.').optional(),
    }),
  ),
)

export const analyticsBody: z.ZodType<Which> = exactly(exactlyOne(z.strictObject(which)))

export const userParams: z.ZodType<{ readonly userId: string }> = z.strictObject({ userId: identifier('A user id', 'alice') })

export const listQuery: z.ZodType<{ readonly tenant?: string }> = exactly(
  z.strictObject({ tenant: identifier('A tenant', 'acme').optional() }),
)

export const terminateAllQuery: z.ZodType<{ readonly reason?: string; readonly except?: string; readonly tenant?: string }> = exactly(
  z.strictObject({ reason: reason.optional(), except: sessionId.optional(), tenant: identifier('A tenant', 'acme').optional() }),
)

export const ownRevokeBody: z.ZodType<{ readonly sessionId?: string; readonly scope?: 'others' | 'global' }> = exactly(
  z
    .strictObject({
      sessionId: sessionId.optional(),
      scope: z.enum(['others', 'global'], { error: 'scope is "others" (all but this session) or "global" (all).' }).optional(),
    })
    .refine((body) => (body.sessionId === undefined) !== (body.scope === undefined), {
      path: ['sessionId'],
      message: 'Send sessionId for one session, or scope for several, and not both.',
    })
    .openapi({ oneOf: [{ required: ['sessionId'] }, { required: ['scope'] }] }),
)

export const sessionIdParams: z.ZodType<{ readonly id: string }> = z.strictObject({ id: sessionId })

export const endQuery: z.ZodType<{ readonly reason?: string }> = exactly(z.strictObject({ reason: reason.optional() }))

export const rotateBody: z.ZodType<{ readonly reseal?: boolean }> = exactly(
  z.strictObject({ reseal: flag('reseal is true or false.').optional() }),
)

export const killBody: z.ZodType<{ readonly kid: string }> = exactly(
  z.strictObject({
    kid: text({
      most: 16,
      pattern: /^[\w-]{16}$/,
      allowed: 'kid is the name of a signing key, 16 characters, as the list of keys has it.',
      example: 'aaaaaaaaaaaaaaaa',
    }),
  }),
)

const PAGE_SIZE = 'limit is a whole number from 1 to 500.'

const pageSize = z
  .string()
  .regex(/^[1-9]\d{0,2}$/, PAGE_SIZE)
  .transform(Number)
  .refine((limit) => limit <= 500, PAGE_SIZE)
  .openapi({ type: 'integer', minimum: 1, maximum: 500, default: 50 })

export const searchQuery: z.ZodType<SessionQuery> = exactly(
  z.strictObject({
    userId: identifier('A user id', 'alice').optional(),
    tenant: identifier('A tenant', 'acme').optional(),
    role: identifier('A role', 'member').optional(),
    status: z.enum(['active', 'ended', 'all'], { error: 'status is "active", "ended" or "all".' }).optional(),
    limit: pageSize.optional(),
    after: text({
      most: 128,
      pattern: /^-?\d{1,16}\.[\w-]{1,64}$/,
      allowed: 'after is the next of the page before.',
      example: '1767225600000.aaAAAAAAAAAAAAAAAAAAAAAAAA',
    }).optional(),
  }),
)

/** RFC 7662 2.1, RFC 7009 2.1: parameters that are not known are passed over, as RFC 6749 3.1 wants it. */
export const tokenForm: z.ZodType<{ readonly token: string; readonly token_type_hint?: string }> = exactly(
  z.object({
    token,
    token_type_hint: text({
      most: 64,
      pattern: /^[\w.:/-]+$/,
      allowed: 'token_type_hint is a word such as access_token.',
      example: 'access_token',
    }).optional(),
  }),
)
