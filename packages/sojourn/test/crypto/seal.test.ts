import { describe, expect, it } from 'vitest'
import { equal, keyFrom, mac } from '../../src/crypto/hash.js'
import { lastingKeys } from '../../src/crypto/keys.js'
import { masterOf } from '../../src/crypto/master.js'
import { systemRandom } from '../../src/crypto/random.js'
import { type Opened, seal, sealingKey, unseal } from '../../src/crypto/seal.js'
import { randomSecret, secretsEqual } from '../../src/crypto/secret.js'

const random = systemRandom()
const ringOfOne = (): {
  seal: (plain: Uint8Array, bucket: string, binding: string) => Uint8Array
  open: (sealed: Uint8Array, bucket: string, binding: string) => Opened
} => {
  const key = sealingKey(keyFrom(random.bytes(32)))
  return {
    seal: (plain, bucket, binding) => seal(key, random, plain, bucket, binding),
    open: (sealed, bucket, binding) => unseal((id) => (id === key.id ? key : undefined), sealed, bucket, binding),
  }
}
const ring = ringOfOne()
const plain = Buffer.from('{"kind":"session"}')

describe('a sealed record', () => {
  it('opens to what was sealed, whatever its length', () => {
    for (const length of [0, 1, 15, 16, 17, 4_096]) {
      const bytes = random.bytes(length)
      expect(ring.open(ring.seal(bytes, 'ab', 'row|1'), 'ab', 'row|1')).toEqual({ kind: 'open', plain: Buffer.from(bytes) })
    }
  })

  it('does not open for another row, owner, version or bucket [STO-2 ATK-081]', () => {
    const sealed = ring.seal(plain, 'ab', 'row|owner|1')
    for (const binding of ['row|owner|2', 'row||1', 'other|owner|1', '']) expect(ring.open(sealed, 'ab', binding).kind).toBe('broken')
    expect(ring.open(sealed, 'ac', 'row|owner|1').kind).toBe('broken')
  })

  it('does not open after a change of any bit [STO-1 ATK-073]', () => {
    const sealed = ring.seal(plain, 'ab', 'row')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Uint8Array.from(sealed)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(ring.open(changed, 'ab', 'row').kind).not.toBe('open')
    }
  })

  it('does not open when it is cut short, tags of 4 to 15 bytes included [STO-1 ATK-071]', () => {
    const sealed = ring.seal(plain, 'ab', 'row')
    for (let length = 0; length < sealed.length; length++) expect(ring.open(sealed.subarray(0, length), 'ab', 'row').kind).not.toBe('open')
  })

  it('is not taken for plain data when it is plain data [STO-3 ATK-070]', () => {
    expect(ring.open(plain, 'ab', 'row').kind).toBe('broken')
    expect(ring.open(Buffer.from(plain.toString('base64')), 'ab', 'row').kind).toBe('broken')
  })

  it('says that its key is missing when another ring is asked', () => {
    const other = ringOfOne()
    expect(other.open(ring.seal(plain, 'ab', 'row'), 'ab', 'row').kind).toBe('unknown-key')
  })

  it('is never the same twice [STO-4]', () => {
    const seen = new Set(Array.from({ length: 1_000 }, () => Buffer.from(ring.seal(plain, 'ab', 'row')).toString('hex')))
    expect(seen.size).toBe(1_000)
  })
})

describe('keys', () => {
  it('are refused when they are short or typed [STO-4 ATK-072]', () => {
    for (const bad of [
      new Uint8Array(0),
      new Uint8Array(31).fill(7),
      new Uint8Array(32),
      Buffer.from('secretsecretsecretsecretsecretse'),
      Buffer.alloc(64, 'ab'),
    ]) {
      expect(() => masterOf(bad, [], random)).toThrow(RangeError)
      expect(() => masterOf(random.bytes(32), [bad], random)).toThrow(RangeError)
    }
  })

  it('differ from purpose to purpose [STO-4]', () => {
    const { owner, pseudonym } = lastingKeys(Buffer.from(random.bytes(32)).toString('base64url'))
    const master = masterOf(random.bytes(32), [], random)
    expect(new Set([owner, pseudonym, master.derive('a'), master.derive('b')].map((key) => mac(key, 'same'))).size).toBe(4)
  })

  it('authenticate several texts without confusing where one ends [ATK-010]', () => {
    const key = keyFrom(random.bytes(32))
    expect(mac(key, 'a', 'bc')).not.toBe(mac(key, 'ab', 'c'))
    expect(mac(key, '1:a')).not.toBe(mac(key, 'a'))
  })
})

describe('randomness', () => {
  it('never hands out the same bytes twice, across refills of the pool [TOK-1]', () => {
    const seen = new Set(Array.from({ length: 10_000 }, () => Buffer.from(random.bytes(16)).toString('hex')))
    expect(seen.size).toBe(10_000)
  })

  it('sets every bit half of the time [TOK-1]', () => {
    const rounds = 20_000
    const ones = new Float64Array(256)
    for (let round = 0; round < rounds; round++) {
      const bytes = random.bytes(32)
      for (let bit = 0; bit < 256; bit++) ones[bit]! += (bytes[bit >> 3]! >> (bit & 7)) & 1
    }
    // Six standard deviations: a good source fails this once in two million runs.
    for (const count of ones) expect(Math.abs(count / rounds - 0.5)).toBeLessThan(6 * Math.sqrt(0.25 / rounds))
  })

  it('keeps secrets apart and knows its own again', () => {
    const secret = randomSecret()
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(secretsEqual(secret, secret)).toBe(true)
    expect(secretsEqual(secret, randomSecret())).toBe(false)
    expect(secretsEqual(secret, '')).toBe(false)
    expect(equal('a', 'ab')).toBe(false)
  })
})
