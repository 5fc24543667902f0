import type { LegacyRecord } from './source.js'

/** What can be told of a session beside its user: see `LegacyRecord`. */
export type LegacyDetails = Partial<Omit<LegacyRecord, 'userId'>>

/** How an application reads its own sessions. */
export interface LegacyReading<Data> {
  /** Who is logged in, or undefined for a session in which nobody is: it is not taken over. */
  userIdOf(data: Data): string | number | undefined | null
  /** What else the session tells: when the login was, roles, other data than all of it. */
  detailsOf?(data: Data): LegacyDetails
}

/** The record of a session with this data, without the part that only the older library needs. */
export function recordOf<Data>(stored: object, reading: LegacyReading<Data>): LegacyRecord | undefined {
  // As it would come from a store that keeps text: some in memory hand out an object with functions.
  const { cookie: _cookie, ...data } = JSON.parse(JSON.stringify(stored))
  const userId = reading.userIdOf(data)
  if (userId === undefined || userId === null) return undefined
  return { data, ...reading.detailsOf?.(data), userId: String(userId) }
}
