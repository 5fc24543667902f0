import { createCipheriv, createDecipheriv } from 'node:crypto'
import { deriveKey, type Key, keyFrom } from './hash.js'
import type { Random } from './random.js'

/** Seals the record of one session id. The store sees neither the id nor what is in the record. */
export interface IdSeal {
  /** `binding` is authenticated but not stored: the record opens only for the same text. */
  seal(plain: string, binding: string): Uint8Array
  /** Undefined for what was tampered with, was sealed for another id or another binding, or is none of these records. */
  open(sealed: Uint8Array, binding: string): string | undefined
}

/** Layout: format (1), initialisation vector (12), ciphertext, tag (16). No format of a record of the engine (crypto/seal.ts). */
const FORMAT = 2
const IV_BYTES = 12
/** Node accepts tags of 4 bytes unless told otherwise, which would leave 2^32 tries to forge one (CVE-2025-47275). */
const TAG_BYTES = 16
const HEAD_BYTES = 1 + IV_BYTES

/**
 * The key is derived from the id, which only the browser has. Random vectors are safe for 2^32 records under one key
 * (SP 800-38D): more writes than one session sees.
 */
export function idSeal(id: string, purpose: string, random: Random): IdSeal {
  let source: string | undefined = id
  let derived: Key | undefined
  const key = (): Key => {
    derived ??= deriveKey(keyFrom(Buffer.from(source ?? '')), `${purpose}/record`)
    // A seal may be kept for as long as its record is: the id itself must not be.
    source = undefined
    return derived
  }
  return Object.freeze<IdSeal>({
    seal(plain, binding) {
      const iv = random.bytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key(), iv, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(binding))
      const body = cipher.update(plain)
      cipher.final()
      // Memory of its own: pieces of Node's shared buffers would keep whole ones alive for as long as the row is in memory.
      const sealed = new Uint8Array(HEAD_BYTES + body.length + TAG_BYTES)
      sealed[0] = FORMAT
      sealed.set(iv, 1)
      sealed.set(body, HEAD_BYTES)
      sealed.set(cipher.getAuthTag(), HEAD_BYTES + body.length)
      return sealed
    },
    open(sealed, binding) {
      if (sealed.length < HEAD_BYTES + TAG_BYTES || sealed[0] !== FORMAT) return undefined
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      const decipher = createDecipheriv('aes-256-gcm', key(), bytes.subarray(1, HEAD_BYTES), { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(binding))
      decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
      const plain = decipher.update(bytes.subarray(HEAD_BYTES, bytes.length - TAG_BYTES))
      try {
        decipher.final()
      } catch {
        // The only failure that `final` knows here is a tag that does not fit.
        return undefined
      }
      return plain.toString()
    },
  })
}
