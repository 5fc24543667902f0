import type { EndedAll, Level, Session } from 'sojourn'
import type { Service } from './call.js'

const WEAKEST_FIRST: readonly Level[] = ['local', 'stored', 'durable', 'everywhere']

/** The sessions of the person whose session this is. Users of two tenants may bear the same name without being the same person. */
export async function ownSessions({ sessions }: Service, mine: Session): Promise<readonly Session[]> {
  return (await sessions.getActiveSessions(mine.userId)).filter((one) => one.tenant === mine.tenant)
}

/**
 * Ends the sessions of this person, all or all but one, at one instant, logins that are under way included. Only where the
 * person belongs to no tenant and some tenant has a user of the same name, one by one, so that those of the other stay.
 */
export async function endOwnSessions({ sessions }: Service, mine: Session, except: string | undefined): Promise<EndedAll> {
  if (mine.tenant !== null)
    return await sessions.terminateAllUserSessions(mine.userId, { tenant: mine.tenant, ...(except === undefined ? {} : { except }) })
  const all = await sessions.getActiveSessions(mine.userId)
  if (all.every((one) => one.tenant === mine.tenant))
    return await sessions.terminateAllUserSessions(mine.userId, except === undefined ? {} : { except })
  const ending = all.filter((one) => one.tenant === mine.tenant && one.id !== except)
  let level: Level = 'everywhere'
  for (const one of ending) {
    const ended = await sessions.terminateSession(one.id, { reason: 'revoked' })
    if (WEAKEST_FIRST.indexOf(ended.level) < WEAKEST_FIRST.indexOf(level)) level = ended.level
  }
  return { terminated: ending.length, level }
}
