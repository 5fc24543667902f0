import { deriveKey, type Key, keyFrom } from './hash.js'
import type { Random } from './random.js'
import { type Opened, type SealingKey, seal, sealingKey, unseal } from './seal.js'

/** Shorter keys could be guessed; this is what AES-256 and HMAC-SHA-256 take. */
export const MASTER_KEY_BYTES = 32

/** The key that is configured, and those before it. It seals the key ring; everything else is sealed by keys of the ring. */
export interface Master {
  /** Root of the first ring: of the oldest key, so that a changed master changes no index and no pseudonym. */
  derive(purpose: string): Key
  /** The current key as text, for a ring that is never stored. */
  ringSecrets(): readonly string[]
  seal(plain: Uint8Array, bucket: string, binding: string): Uint8Array
  open(sealed: Uint8Array, bucket: string, binding: string): Opened
  /** Whether a record was sealed with the current key and not with one before it. */
  isCurrent(keyId: string | undefined): boolean
}

function checked(bytes: Uint8Array): Key {
  if (bytes.length !== MASTER_KEY_BYTES) throw new RangeError(`A key must have ${MASTER_KEY_BYTES} bytes; this one has ${bytes.length}.`)
  // 32 random bytes have fewer than 16 different values once in 10^13 times: such a key was typed, not drawn.
  if (new Set(bytes).size < 16) throw new RangeError('This key is not random: its bytes repeat. Make one with `openssl rand -base64 32`.')
  return keyFrom(bytes)
}

/** Takes 32 random bytes, and those used before, newest first. Throws a RangeError for a key that is short or not random. */
export function masterOf(current: Uint8Array, previous: readonly Uint8Array[], random: Random): Master {
  const roots = [checked(current), ...previous.map(checked)]
  const keys: readonly SealingKey[] = roots.map((root) => sealingKey(deriveKey(root, 'sojourn/master')))
  const byId = new Map(keys.map((key) => [key.id, key]))
  const [first] = keys
  const oldest = roots[roots.length - 1]
  if (first === undefined || oldest === undefined) throw new RangeError('A key is missing.')
  return Object.freeze({
    derive: (purpose: string) => deriveKey(oldest, purpose),
    ringSecrets: () => roots.map((root) => deriveKey(root, 'sojourn/ring').export().toString('base64url')),
    seal: (plain: Uint8Array, bucket: string, binding: string) => seal(first, random, plain, bucket, binding),
    open: (sealed: Uint8Array, bucket: string, binding: string) => unseal((id) => byId.get(id), sealed, bucket, binding),
    isCurrent: (keyId: string | undefined) => keyId === first.id,
  })
}
