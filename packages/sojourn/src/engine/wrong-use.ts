import type { SessionError } from '../errors.js'
import type { Credential } from '../token/ticket.js'
import type { Engine } from './engine.js'
import type { LiveRecord } from './record.js'
import { refusals } from './refusals.js'

/** Whether a token that belongs to this session is one that only renews it. */
export function isRefreshToken(record: Pick<LiveRecord, 'pairSince'>, { use, generation }: Credential): boolean {
  return use === 'session' && record.pairSince !== undefined && generation >= record.pairSince
}

/**
 * The refusal of a token that proves its session but does not open it, or undefined: a refresh token never does, and a JWT
 * not after its `exp`, whatever its session is worth (GHSA-wxg7-w2v3-w38g).
 */
export function closedRefusal(engine: Engine, record: LiveRecord, ticket: Credential): SessionError | undefined {
  if (isRefreshToken(record, ticket)) return refusals.notForUse()
  const { expires } = ticket
  if (expires === undefined) return undefined
  // Signed by us and yet living longer than its session was ever given: whoever has the secret wrote it, and not we.
  if (expires * 1_000 >= record.lifetimeEnd + 1_000) return refusals.foreign()
  return engine.clock.now() >= expires * 1_000 ? refusals.superseded() : undefined
}

/** The refusal of a token that does not renew its session, or undefined. */
export function renewalRefusal(ticket: Credential): SessionError | undefined {
  return ticket.use === 'access' ? refusals.notForRenewal() : undefined
}
