import type { Millis } from '../clock.js'
import { isOwnKid } from '../crypto/signer.js'
import { kidInHeader } from '../token/jwt-keys.js'
import type { TicketReading } from '../token/ticket.js'
import { ask } from './ask.js'
import type { Engine } from './engine.js'

/** A signing key that is killed on one node is refused on all of them after this long. It is the lease of guarantee P1. */
export const KILL_REACHES: Millis = 2_000

/**
 * Reads whatever a client presented as its token: every verb comes through here. For a JWT, what this process knows of the
 * signing keys is made sure to be fresh; if that cannot be had this throws `STORE_UNAVAILABLE`, since a killed key may
 * have signed it.
 */
export async function readTicket(engine: Engine, token: unknown): Promise<TicketReading> {
  if (engine.settings.tokens.jwt === undefined || typeof token !== 'string' || !token.includes('.')) return engine.tickets.decode(token)
  const first = engine.tickets.decode(token)
  if (first === 'malformed') return first
  if (first !== 'foreign') {
    const revision = engine.keys.ring()
    await ask(engine, () => engine.keys.fresh(KILL_REACHES))
    return revision === engine.keys.ring() ? first : engine.tickets.decode(token)
  }
  // A key that another node made this very moment; nobody else can make up a name that looks like one of ours.
  const kid = kidInHeader(token)
  if (kid === undefined || !isOwnKid(engine.keys.kid, kid) || engine.keys.ring().signers.some((signer) => signer.kid === kid)) return first
  await ask(engine, () => engine.keys.reload())
  return engine.tickets.decode(token)
}
