import { limitsOf } from '../policy/lifetime.js'
import { isAccessSecret } from '../token/access.js'
import type { Credential } from '../token/ticket.js'
import type { Engine } from './engine.js'
import type { LiveRecord } from './record.js'

/** How an access token stands: `over` opens nothing any more and accuses nobody. */
export type AccessStanding = 'current' | 'grace' | 'over' | 'foreign'

/**
 * Judges an access token. It belongs to one generation of the refresh token and ends a moment after that was replaced, as
 * tabs of the same browser still hold it; one that is older is merely over, never theft: nobody renews with it.
 */
export function accessStanding(engine: Engine, record: LiveRecord, ticket: Credential): AccessStanding {
  const { settings, clock, keys } = engine
  const { generation, expires = 0 } = ticket
  const now = clock.now()
  const longest = now + settings.tokens.accessLife + (settings.tokens.jwt?.leeway ?? 0)
  // Further ahead than any that was given: it was not made by these rules. The second is what rounding up adds.
  if (generation > record.generation || expires * 1_000 > longest + 1_000) return 'foreign'
  const isCurrent = generation === record.generation
  const isPrevious = generation === record.generation - 1 && now - record.rotatedAt < limitsOf(settings, record).grace
  const hash = isCurrent ? record.secretHash : isPrevious ? record.previousHash : undefined
  if (hash === undefined) return 'over'
  if (!isAccessSecret(keys.ring(), { ...ticket, expires }, hash)) return 'foreign'
  if (now >= expires * 1_000) return 'over'
  return isCurrent ? 'current' : 'grace'
}
