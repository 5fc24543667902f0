import { deriveKey, type Key, keyFrom } from './hash.js'
import type { Random } from './random.js'
import { type KeyRing, singleKeyRing } from './seal.js'

/** Shorter keys could be guessed; this is what AES-256 and HMAC-SHA-256 take. */
export const MASTER_KEY_BYTES = 32

/** The keys of one installation, one for each purpose, so that none can be used in the place of another. */
export interface Keys {
  /** Blinds user ids for the index. Changing it would lose every user's list. */
  readonly owner: Key
  /** Pseudonyms in events and audit records. */
  readonly pseudonym: Key
  /** Check tags of tokens. */
  readonly tag: Key
  /** Successors of token secrets. */
  readonly successor: Key
  readonly ring: KeyRing
}

/** Derives all keys from one of 32 random bytes. Throws a RangeError if it is shorter or has no variety at all. */
export function deriveKeys(master: Uint8Array, random: Random): Keys {
  if (master.length < MASTER_KEY_BYTES) throw new RangeError(`A key must have ${MASTER_KEY_BYTES} bytes; this one has ${master.length}.`)
  // 32 random bytes have fewer than 16 different values once in 10^13 times: such a key was typed, not drawn.
  if (new Set(master).size < 16) throw new RangeError('This key is not random: its bytes repeat. Make one with `openssl rand 32`.')
  const source = keyFrom(master)
  return Object.freeze({
    owner: deriveKey(source, 'sojourn/owner'),
    pseudonym: deriveKey(source, 'sojourn/pseudonym'),
    tag: deriveKey(source, 'sojourn/token/tag'),
    successor: deriveKey(source, 'sojourn/token/successor'),
    ring: singleKeyRing(source, random),
  })
}
