import { describe, expect, it } from 'vitest'
import { keyFrom } from '../../src/crypto/hash.js'
import { isOwnKid, kidOf } from '../../src/crypto/signer.js'

/** One in 64 names would begin with a dash. */
const KEYS = 2_000

describe('the name of a signing key', () => {
  it('is told from one that was made up, and is never an option on a command line', () => {
    const kidKey = keyFrom(new Uint8Array(32).fill(7))
    const another = keyFrom(new Uint8Array(32).fill(8))
    for (let key = 0; key < KEYS; key++) {
      const kid = kidOf(kidKey, 'EdDSA', `secret ${key}`)
      expect(kid).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{15}$/)
      expect(isOwnKid(kidKey, kid)).toBe(true)
      expect(isOwnKid(another, kid)).toBe(false)
    }
  })
})
