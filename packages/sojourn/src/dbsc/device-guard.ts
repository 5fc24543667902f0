import type { Guard } from '../engine/guard.js'
import { SessionError } from '../errors.js'
import type { DeviceBoundSettings } from '../proof-settings.js'
import { isBoundCookie } from './bound-cookie.js'

/**
 * Refuses the token of a bound session without the short cookie of its browser, once the requests that were under way at the
 * registration have had their time. Nothing that a client says of itself (`Secure-Session-Skipped`) changes that.
 */
export function deviceGuard(settings: DeviceBoundSettings): Guard {
  return async (engine, { presented, proofs }) => {
    const { boundTo } = presented.record
    const now = engine.clock.now()
    if (boundTo === undefined || now < boundTo.at + settings.grace) return undefined
    if (isBoundCookie(engine.keys.proof, presented.row.id, boundTo.jkt, proofs.boundCookie, now)) return undefined
    return new SessionError(
      'CONTEXT_MISMATCH',
      'This session is bound to one browser, and the request does not come with its short cookie. Let the browser refresh it, or log in again.',
      { reason: 'proof.device' },
    )
  }
}
