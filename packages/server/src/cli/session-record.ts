import type { Session } from 'sojourn'
import { z } from 'zod'

const instant = z.iso.datetime({ offset: true })

/** A session as JSON. What is not named here, a token for example, is left out of whatever is read. */
const sessionRecord = z.object({
  id: z.string(),
  userId: z.string(),
  status: z.enum(['active', 'expired', 'ended']),
  createdAt: instant,
  lastActivity: instant,
  expiresAt: instant,
  idleExpiresAt: instant,
  absoluteExpiresAt: instant,
  authTime: instant,
  acr: z.string().optional(),
  amr: z.array(z.string()).optional(),
  tenant: z.string().nullable(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  elevatedUntil: instant.optional(),
  rememberMe: z.boolean(),
  renewals: z.number(),
  context: z.object({
    ipAddress: z.string().optional(),
    userAgent: z.string().optional(),
    deviceId: z.string().optional(),
    location: z
      .union([
        z.string(),
        z.object({
          country: z.string().optional(),
          region: z.string().optional(),
          city: z.string().optional(),
          latitude: z.number().optional(),
          longitude: z.number().optional(),
        }),
      ])
      .optional(),
  }),
  data: z.record(z.string(), z.unknown()),
})

export type SessionRecord = z.infer<typeof sessionRecord>

/** A page of a search, as it is read. */
export interface RecordPage {
  readonly sessions: readonly SessionRecord[]
  readonly next?: string
}

const recordPage = z.object({ sessions: z.array(sessionRecord), next: z.string().optional() })

/** A session of the library as JSON. */
export function recordOf(session: Session): SessionRecord {
  return sessionRecord.parse(JSON.parse(JSON.stringify(session)))
}

/** A page out of an answer of the service, or undefined if it is none. */
export function readRecordPage(json: unknown): RecordPage | undefined {
  const page = recordPage.safeParse(json).data
  return page === undefined ? undefined : { sessions: page.sessions, ...(page.next === undefined ? {} : { next: page.next }) }
}
