import { sealedUnder } from '../crypto/seal.js'
import { SessionError } from '../errors.js'
import { RING_ROW_ID } from '../keyring/ring-home.js'
import type { Row, Store } from '../store/store.js'

/**
 * Throws `CONFLICT` if the store has a key ring of another installation than `ring`: one of the two would have to go, and
 * with it every session that was sealed under it.
 */
export async function checkRing(to: Store, ring: Row | undefined): Promise<void> {
  const there = ring === undefined ? undefined : await to.get(RING_ROW_ID)
  if (ring === undefined || there === undefined || sealedUnder(there.data) === sealedUnder(ring.data)) return
  throw new SessionError(
    'CONFLICT',
    'The new store has a key ring of its own, which another key seals: it belongs to another installation, or was started before anything was moved. Take an empty store.',
  )
}
