import type { SessionContext } from '../session.js'
import { sessionOf } from './merge.js'
import type { Found } from './records.js'
import type { UserSessions } from './user-sessions.js'
import { endRecord, type Live, type VaultParts } from './vault-parts.js'

/** Gives a session that was stored without one a session of the manager: it was taken over, or `sessions` is new here. */
async function bound(
  { records, write }: VaultParts,
  users: UserSessions,
  id: string,
  found: Live,
  context: SessionContext,
): Promise<Found | undefined> {
  const user = users.userOf(sessionOf(found.record.parts))
  if (user === undefined) return found
  const issued = await users.issue(user, context)
  const written = await write(id, found, { ...found.record, binding: issued })
  if (written !== undefined) return written
  await users.end(issued)
  // Another request was faster.
  const now = await records.reread(id)
  return now.kind === 'live' ? now : undefined
}

/** The session with its user's session found good; undefined if that one has ended. */
export async function checkUser(parts: VaultParts, id: string, found: Live, context: SessionContext): Promise<Found | undefined> {
  const { users, records, write } = parts
  const { binding } = found.record
  if (users === undefined) return found
  if (binding === undefined) return await bound(parts, users, id, found, context)
  const verdict = await users.check(binding, context)
  if (verdict.kind === 'over') await endRecord(records, id)
  if (verdict.kind !== 'good') return undefined
  if (verdict.binding === binding) return found
  // If another request was faster, the next one gets the same new token: nobody has used it yet.
  return (await write(id, found, { ...found.record, binding: verdict.binding })) ?? found
}
