import type { Session } from 'sojourn'
import { z } from 'zod'

const instant = z.iso.datetime({ offset: true })

/** What JSON makes of a value of the library: its instants become text. */
type Written<Value> = Value extends Date
  ? string
  : Value extends readonly (infer Part)[]
    ? readonly Written<Part>[]
    : Value extends object
      ? { readonly [Name in keyof Value]: Written<Value[Name]> }
      : Value

export type SessionRecord = Written<Session>

/** A session as JSON. What is not named here, a token for example, is left out of whatever is read. */
const sessionRecord: z.ZodType<SessionRecord> = z.object({
  id: z.string(),
  userId: z.string(),
  // A service of before there were kinds has sessions of users only.
  kind: z.enum(['user', 'pending', 'anonymous']).default('user'),
  actor: z.string().exactOptional(),
  status: z.enum(['active', 'expired', 'ended']),
  createdAt: instant,
  lastActivity: instant,
  expiresAt: instant,
  idleExpiresAt: instant,
  absoluteExpiresAt: instant,
  authTime: instant,
  acr: z.string().exactOptional(),
  amr: z.array(z.string()).exactOptional(),
  tenant: z.string().nullable(),
  roles: z.array(z.string()),
  permissions: z.array(z.string()),
  elevatedUntil: instant.exactOptional(),
  rememberMe: z.boolean(),
  renewals: z.number(),
  context: z.object({
    ipAddress: z.string().exactOptional(),
    userAgent: z.string().exactOptional(),
    deviceId: z.string().exactOptional(),
    location: z
      .union([
        z.string(),
        z.object({
          country: z.string().exactOptional(),
          region: z.string().exactOptional(),
          city: z.string().exactOptional(),
          latitude: z.number().exactOptional(),
          longitude: z.number().exactOptional(),
        }),
      ])
      .exactOptional(),
  }),
  data: z.record(z.string(), z.unknown()),
})

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

/** A session out of an answer of the service, or undefined if it is none. */
export function readRecord(json: unknown): SessionRecord | undefined {
  return sessionRecord.safeParse(json).data
}

/** A page out of an answer of the service, or undefined if it is none. */
export function readRecordPage(json: unknown): RecordPage | undefined {
  const page = recordPage.safeParse(json).data
  return page === undefined ? undefined : { sessions: page.sessions, ...(page.next === undefined ? {} : { next: page.next }) }
}
