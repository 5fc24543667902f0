import { deriveKey, type Key, keyFrom } from './hash.js'
import { kidKeyOf, type Ring } from './ring.js'

/** The keys of one installation, one for each purpose, so that none can be used in the place of another. */
export interface Keys {
  /** Blinds user ids for the index. Changing it would lose every user's list. */
  readonly owner: Key
  /** Pseudonyms in events and audit records. */
  readonly pseudonym: Key
  /** Messages between nodes. */
  readonly nodes: Key
  /** What belongs to proofs of possession: nonces, challenges, cookies of bound devices. */
  readonly proof: Key
  /** Names signing keys. */
  readonly kid: Key
  /** The ring as this process knows it now. */
  ring(): Ring
}

/** The keys that never change, from the root in the ring. */
export function lastingKeys(root: string): Pick<Keys, 'owner' | 'pseudonym' | 'nodes' | 'proof' | 'kid'> {
  const source = keyFrom(Buffer.from(root, 'base64url'))
  return {
    owner: deriveKey(source, 'sojourn/owner'),
    pseudonym: deriveKey(source, 'sojourn/pseudonym'),
    nodes: deriveKey(source, 'sojourn/nodes'),
    proof: deriveKey(source, 'sojourn/proof'),
    kid: kidKeyOf(root),
  }
}
