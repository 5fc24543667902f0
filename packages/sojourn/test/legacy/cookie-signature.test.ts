import { sign } from 'cookie-signature'
import { describe, expect, it } from 'vitest'
import { unsignCookie } from '../../src/crypto/cookie-signature.js'
import { SEED, seeded } from '../behaviour/seeded.js'

describe('unsignCookie', () => {
  it('reads what the package cookie-signature signs, with any of the secrets', () => {
    const chance = seeded(SEED)
    for (let round = 0; round < 300; round++) {
      const value = Array.from({ length: 1 + Math.floor(chance() * 40) }, () => String.fromCharCode(33 + Math.floor(chance() * 94))).join(
        '',
      )
      const secrets = ['first', 'second', 'ключ', `${chance()}`]
      for (const secret of secrets) expect(unsignCookie(sign(value, secret), secrets)).toBe(value)
    }
  })

  it('refuses every change of one character', () => {
    const signed = sign('dHVlc2RheQ', 'secret')
    for (let at = 0; at < signed.length; at++) {
      for (const other of ['A', 'b', '.', '=']) {
        const changed = signed.slice(0, at) + other + signed.slice(at + 1)
        if (changed !== signed) expect(unsignCookie(changed, ['secret']), changed).toBeUndefined()
      }
      expect(unsignCookie(signed.slice(0, at), ['secret'])).toBeUndefined()
    }
    for (const more of ['=', 'A', ' ', '.']) expect(unsignCookie(signed + more, ['secret'])).toBeUndefined()
  })

  it.each(['', '.', 'a', 'a.', '.a', 'a.b', '..'])('refuses %j', (signed) => {
    expect(unsignCookie(signed, ['secret'])).toBeUndefined()
  })

  it('refuses another secret, and an empty value', () => {
    expect(unsignCookie(sign('value', 'other'), ['secret', 'old'])).toBeUndefined()
    expect(unsignCookie(sign('', 'secret'), ['secret'])).toBeUndefined()
  })
})
