import type { Clock } from '../../src/clock.js'
import { masterOf } from '../../src/crypto/master.js'
import { systemRandom } from '../../src/crypto/random.js'
import { type Ring, ringOf } from '../../src/crypto/ring.js'
import { storedHome } from '../../src/keyring/ring-home.js'
import type { Store } from '../../src/store/store.js'

/** The key ring of an installation whose master key is known: with it a test makes tokens with right tags, as no stranger can. */
export async function ringIn(store: Store, master: Uint8Array, clock: Clock): Promise<Ring> {
  const random = systemRandom()
  const kept = await storedHome(store, masterOf(master, [], random), clock).load()
  if (kept === undefined) throw new Error('there is no key ring in this store yet')
  return ringOf(kept.content, random)
}
