import { createCipheriv, createDecipheriv } from 'node:crypto'
import { deriveKey, type Key, sha256 } from './hash.js'
import type { Random } from './random.js'

/** What opening a sealed record came to. `unknown-key` means that its key is missing; `broken`, that it was tampered with or belongs elsewhere. */
export type Opened = { readonly kind: 'open'; readonly plain: Uint8Array } | { readonly kind: 'unknown-key' } | { readonly kind: 'broken' }

/** Layout of a sealed record: format (1), key id (6), initialisation vector (12), ciphertext, tag (16). */
const FORMAT = 1
const KEY_ID_BYTES = 6
const IV_BYTES = 12
/** Node accepts tags of 4 bytes unless told otherwise, which would leave 2^32 tries to forge one (CVE-2025-47275). */
const TAG_BYTES = 16
const HEAD_BYTES = 1 + KEY_ID_BYTES + IV_BYTES

/** A key that seals. */
export interface SealingKey {
  /** 8 base64url characters, computed from the key: two keys never share one by mistake. */
  readonly id: string
  /** The same as bytes. */
  readonly idBytes: Uint8Array
  /** One subkey for each bucket: random vectors are safe for 2^32 records under one key (SP 800-38D), so for 2^42 in all. */
  subkey(bucket: string): Key
}

export function sealingKey(secret: Key): SealingKey {
  const root = deriveKey(secret, 'sojourn/seal')
  const fingerprint = sha256(deriveKey(secret, 'sojourn/seal/id').export().toString('base64url'))
  const subkeys = new Map<string, Key>()
  const idBytes = Buffer.from(fingerprint, 'base64url').subarray(0, KEY_ID_BYTES)
  return Object.freeze({
    id: idBytes.toString('base64url'),
    idBytes,
    subkey(bucket: string): Key {
      const known = subkeys.get(bucket)
      if (known !== undefined) return known
      const made = deriveKey(root, `bucket/${bucket}`)
      // Buckets are two letters of 32, so there are never more than 1,024.
      subkeys.set(bucket, made)
      return made
    },
  })
}

/**
 * Seals with AES-256-GCM and a random 96-bit vector. `binding` is authenticated but not stored: the record opens only for
 * the same text. `bucket` picks the subkey.
 */
export function seal(key: SealingKey, random: Random, plain: Uint8Array, bucket: string, binding: string): Uint8Array {
  const iv = random.bytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.subkey(bucket), iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(binding))
  const body = cipher.update(plain)
  cipher.final()
  // Memory of its own: pieces of Node's shared buffers would keep whole ones alive for as long as the row is in memory.
  const sealed = new Uint8Array(HEAD_BYTES + body.length + TAG_BYTES)
  sealed[0] = FORMAT
  sealed.set(key.idBytes, 1)
  sealed.set(iv, 1 + KEY_ID_BYTES)
  sealed.set(body, HEAD_BYTES)
  sealed.set(cipher.getAuthTag(), HEAD_BYTES + body.length)
  return sealed
}

/** The id of the key that sealed a record, or undefined if this is no sealed record. */
export function sealedUnder(sealed: Uint8Array): string | undefined {
  if (sealed.length < HEAD_BYTES + TAG_BYTES || sealed[0] !== FORMAT) return undefined
  return Buffer.from(sealed.buffer, sealed.byteOffset + 1, KEY_ID_BYTES).toString('base64url')
}

/** Opens a record under the one key that it names. Never falls back to another key, format or plain data (CVE-2026-39324). */
export function unseal(keyOf: (id: string) => SealingKey | undefined, sealed: Uint8Array, bucket: string, binding: string): Opened {
  const id = sealedUnder(sealed)
  if (id === undefined) return { kind: 'broken' }
  const key = keyOf(id)
  if (key === undefined) return { kind: 'unknown-key' }
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  const iv = bytes.subarray(1 + KEY_ID_BYTES, HEAD_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key.subkey(bucket), iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(binding))
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
  const plain = decipher.update(bytes.subarray(HEAD_BYTES, bytes.length - TAG_BYTES))
  try {
    decipher.final()
  } catch {
    // The only failure that `final` knows here is a tag that does not fit.
    return { kind: 'broken' }
  }
  return { kind: 'open', plain }
}
