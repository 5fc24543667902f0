import { SessionError } from '../errors.js'
import type { Ended } from '../sessions.js'
import { ask, persist } from './ask.js'
import type { Engine } from './engine.js'
import { listKeys } from './list-keys.js'
import { publish } from './publish.js'

/**
 * Takes a signing key out at once: every token under it is refused from now on, here and within two seconds on every node,
 * and for good. For a key that may be known to others; where it is a key pair, another one signs from now on.
 */
export async function killKey(engine: Engine, kid: string): Promise<Ended> {
  const known = listKeys(engine).some(({ id, use }) => use === 'signing' && id === kid)
  if (!known)
    throw new SessionError('INVALID_ARGUMENT', 'kid: there is no signing key of this name. Keys of other uses are rotated, not killed.', {
      path: 'kid',
    })
  await persist(engine, 'kill key', () => ask(engine, () => engine.keys.kill(kid)))
  engine.metrics.count('sojourn_security_events_total', 'kind="key-killed"')
  await publish(engine, { type: 'keys.killed', reason: kid })
  return { level: 'stored' }
}
