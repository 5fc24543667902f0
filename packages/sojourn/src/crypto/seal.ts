import { createCipheriv, createDecipheriv } from 'node:crypto'
import { deriveKey, type Key, sha256 } from './hash.js'
import type { Random } from './random.js'

/** What opening a sealed record came to. `unknown-key` means that its key is missing; `broken`, that it was tampered with or belongs elsewhere. */
export type Opened = { readonly kind: 'open'; readonly plain: Uint8Array } | { readonly kind: 'unknown-key' } | { readonly kind: 'broken' }

/** Seals records under its active key and opens those of every key that it holds. */
export interface KeyRing {
  /** `binding` is authenticated but not stored: the record opens only for the same text. `bucket` picks the subkey. */
  seal(plain: Uint8Array, bucket: string, binding: string): Uint8Array
  /** Never falls back to another key, format or plain data (CVE-2026-39324). */
  open(sealed: Uint8Array, bucket: string, binding: string): Opened
}

/** Layout of a sealed record: format (1), key id (6), initialisation vector (12), ciphertext, tag (16). */
const FORMAT = 1
const KEY_ID_BYTES = 6
const IV_BYTES = 12
/** Node accepts tags of 4 bytes unless told otherwise, which would leave 2^32 tries to forge one (CVE-2025-47275). */
const TAG_BYTES = 16
const HEAD_BYTES = 1 + KEY_ID_BYTES + IV_BYTES

interface RingKey {
  readonly id: Buffer
  /** One subkey for each bucket: random vectors are safe for 2^32 records under one key (SP 800-38D), so for 2^42 in all. */
  readonly subkey: (bucket: string) => Key
}

function ringKey(master: Key): RingKey {
  const root = deriveKey(master, 'sojourn/seal')
  const id = Buffer.from(sha256(deriveKey(master, 'sojourn/seal/id').export().toString('base64url')), 'base64url').subarray(0, KEY_ID_BYTES)
  const subkeys = new Map<string, Key>()
  return {
    id,
    subkey(bucket) {
      const known = subkeys.get(bucket)
      if (known !== undefined) return known
      const made = deriveKey(root, `bucket/${bucket}`)
      // Buckets are two letters of 32, so there are never more than 1,024.
      subkeys.set(bucket, made)
      return made
    },
  }
}

/** A ring of one key. AES-256-GCM with a random 96-bit vector for each record. */
export function singleKeyRing(master: Key, random: Random): KeyRing {
  const active = ringKey(master)
  return Object.freeze({
    seal(plain: Uint8Array, bucket: string, binding: string): Uint8Array {
      const iv = random.bytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', active.subkey(bucket), iv, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(binding))
      const body = cipher.update(plain)
      cipher.final()
      return Buffer.concat([Buffer.of(FORMAT), active.id, iv, body, cipher.getAuthTag()])
    },
    open(sealed: Uint8Array, bucket: string, binding: string): Opened {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      if (bytes.length < HEAD_BYTES + TAG_BYTES || bytes[0] !== FORMAT) return { kind: 'broken' }
      if (!bytes.subarray(1, 1 + KEY_ID_BYTES).equals(active.id)) return { kind: 'unknown-key' }
      const iv = bytes.subarray(1 + KEY_ID_BYTES, HEAD_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', active.subkey(bucket), iv, { authTagLength: TAG_BYTES })
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
    },
  })
}
