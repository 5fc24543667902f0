import { z } from '@hono/zod-openapi'
import { context } from './context.js'
import { sessionDevice } from './device.js'

const date = z.iso.datetime()

const parts = {
  id: z.string().openapi({ description: 'Public: it names the session and opens nothing.' }),
  userId: z.string().openapi({ description: 'Empty for an anonymous session.' }),
  kind: z.enum(['user', 'pending', 'anonymous']),
  actor: z.string().optional().openapi({ description: 'The administrator who acts as this user.' }),
  createdAt: date,
  expiresAt: date,
  idleExpiresAt: date,
  absoluteExpiresAt: date,
  lastActivity: date,
  authTime: date,
  acr: z.string().optional(),
  amr: z.array(z.string()).optional(),
  context,
  device: sessionDevice.optional(),
  permissions: z.array(z.string()),
  elevatedUntil: date.optional(),
  roles: z.array(z.string()),
  rememberMe: z.boolean(),
  renewals: z.int(),
  tenant: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  status: z.enum(['active', 'expired', 'ended']),
  confirmation: z
    .strictObject({ jkt: z.string() })
    .optional()
    .openapi({ description: 'The key that each use of the token is proved with (RFC 9449).' }),
  deviceBoundSince: date.optional(),
}

/** A session as everybody may see it. */
export const session: z.ZodObject = z.strictObject(parts).openapi('Session')

export const issuedSession: z.ZodObject = z
  .strictObject({
    ...parts,
    token: z.string().openapi({ description: 'The credential. It is told this once.' }),
    refreshToken: z.string().optional().openapi({ description: 'Where there are two: renews the session and opens nothing.' }),
  })
  .openapi('IssuedSession')

/** A session after a change, with its new token if it was rotated. */
export const changedSession: z.ZodObject = z
  .strictObject({ ...parts, token: z.string().optional().openapi({ description: 'The credential, if it was replaced.' }) })
  .openapi('ChangedSession')

/** A session in the list of its own user. */
export const ownSession: z.ZodObject = z
  .strictObject({ ...parts, current: z.boolean().openapi({ description: 'Whether it is the one that asks.' }) })
  .openapi('OwnSession')

const seen = z.strictObject({ value: z.string(), firstSeen: date, lastSeen: date }).openapi('Seen')

export const analytics: z.ZodObject = z
  .strictObject({
    sessionId: z.string(),
    duration: z.number().openapi({ description: 'Minutes from creation to the last activity.' }),
    createdAt: date,
    lastActivity: date,
    requestCount: z.int(),
    renewals: z.int(),
    ipAddresses: z.array(seen),
    userAgents: z.array(seen),
  })
  .openapi('SessionAnalytics')
