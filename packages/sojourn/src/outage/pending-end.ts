import type { Millis } from '../clock.js'

/** An end that was asked for and that the store has not taken yet, as a fact: it can be written down, and repeated in any order. */
export interface PendingEnd {
  /** What ends: one session, the sessions of a user, or those of a tenant or of everybody. */
  readonly kind: 'session' | 'user' | 'circle'
  /** The row id of a session, or that of the instant that is raised. */
  readonly key: string
  readonly reason: string
  /** The instant of the call. A repetition ends no login that came after it. */
  readonly at: Millis
  /** Tells which call it was, so that the end is reported once. */
  readonly mark: string
  /** `user`: the key of their index. */
  readonly owner?: string
  /** `user`: pseudonym of whom. */
  readonly subject?: string
  /** `user`: as whom the feed for offline verifiers names them. */
  readonly told?: string
  /** Only what belongs to this tenant. */
  readonly tenant?: string
  /** Row id of the session that stays when all others end. */
  readonly except?: string
  /** Why nobody can log in from then on. */
  readonly barred?: string
  /** What was authenticated at this instant or later stays. */
  readonly authTime?: Millis
}

/** What tells it apart from others. */
export function pendingEndId(end: Pick<PendingEnd, 'key' | 'mark'>): string {
  return `${end.key} ${end.mark}`
}

/** Whether a session of its user (or circle) is meant by an end, as far as is known of it. A login that is under way has no row id. */
export function isMeantBy(
  { tenant, except, barred, authTime, at }: PendingEnd,
  session: { readonly rowId?: string; readonly tenant: string | null; readonly authTime: Millis },
): boolean {
  if ((tenant !== undefined && tenant !== session.tenant) || (except !== undefined && except === session.rowId)) return false
  return barred !== undefined || (authTime === undefined ? session.authTime <= at : session.authTime < authTime)
}
