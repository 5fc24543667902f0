import { describe, expect, it } from 'vitest'
import { publicKeyOf } from '../../src/crypto/jwk.js'
import { readProof } from '../../src/token/proof-jwt.js'
import { parseStrict } from '../../src/token/strict-json.js'
import { jws, testKey } from '../support/proof-key.js'

const key = testKey()
const demands = { typ: 'x+jwt', algorithms: ['ES256'] } as const
const header = { typ: 'x+jwt', alg: 'ES256', jwk: key.jwk }

describe('a proof', () => {
  it('is read with the key that it names, and with its claims', () => {
    const read = readProof(jws(header, { a: 1 }, key), demands)
    expect(read).toMatchObject({ kind: 'proof', claims: { a: 1 }, key: { thumbprint: key.jkt, algorithm: 'ES256' } })
  })

  it.each([
    [undefined, 'unreadable', 'size'],
    ['a'.repeat(5_000), 'unreadable', 'size'],
    ['a.b', 'unreadable', 'form'],
    ['a.b.c.d', 'unreadable', 'form'],
    ['a.b.c', 'unreadable', 'header'],
    [jws('[]', {}, key), 'unreadable', 'header'],
    [jws({ ...header, typ: 'JWT' }, {}, key), 'forged', 'typ'],
    [jws({ ...header, alg: 'none' }, {}, key), 'forged', 'alg'],
    [jws({ ...header, alg: 'constructor' }, {}, key), 'forged', 'alg'],
    [jws({ ...header, crit: [] }, {}, key), 'forged', 'extension'],
    [jws({ ...header, jwk: undefined }, {}, key), 'forged', 'key'],
    [jws({ ...header, jwk: key.privateJwk }, {}, key), 'forged', 'key'],
    [jws({ ...header, jwk: testKey('EdDSA').jwk }, {}, key), 'forged', 'key'],
    [jws(header, {}, testKey()), 'forged', 'signature'],
    [jws(header, '{"a":1,"a":2}', key), 'forged', 'claims'],
  ])('%# that is not right is refused for what is wrong', (text, kind, why) => {
    expect(readProof(text, demands)).toEqual({ kind, why })
  })

  it('of a known key brings none along [ATK-130]', () => {
    const known = publicKeyOf(key.jwk)!
    expect(readProof(jws(header, {}, key), { ...demands, key: known })).toEqual({ kind: 'forged', why: 'key' })
    expect(readProof(jws({ ...header, jwk: undefined }, {}, key), { ...demands, key: known })).toMatchObject({ kind: 'proof' })
  })
})

describe('a public key', () => {
  it('has the thumbprint of RFC 7638, whatever else its JWK says', () => {
    // The example of RFC 8037 A.3.
    const jwk = { kid: 'x', use: 'sig', kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
    expect(publicKeyOf(jwk)?.thumbprint).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  })

  it('of RSA has from 2,048 to 4,096 bits and the usual exponent [DBS-3]', () => {
    expect(publicKeyOf(testKey('RS256', 2_048).jwk)?.algorithm).toBe('RS256')
    expect(publicKeyOf(testKey('RS256', 1_024).jwk)).toBeUndefined()
    expect(publicKeyOf({ ...testKey('RS256', 2_048).jwk, e: 'Aw' })).toBeUndefined()
  })

  it.each([
    null,
    'key',
    [],
    {},
    { kty: 'oct', k: 'AA' },
    { ...key.jwk, crv: 'P-384' },
    { ...key.jwk, crv: 'secp256k1' },
    { ...key.jwk, x: `${key.jwk.x}=` },
    { ...key.jwk, x: 5 },
    { ...key.jwk, y: key.jwk.x },
    { ...key.jwk, d: 'AA' },
    { kty: 'EC', crv: 'P-256' },
    { kty: '__proto__', crv: 'x' },
  ])('%# that is none is none', (value) => {
    expect(publicKeyOf(value)).toBeUndefined()
  })
})

describe('strict JSON', () => {
  it.each(['{"a":1,"a":1}', '{"a":{"b":1,"b":2}}', '{"a":1,"\\u0061":2}', '{"__proto__":1}', '[]', '1', '', '{', '{"a":[[[[{}]]]]}'])(
    'refuses %s',
    (text) => {
      expect(parseStrict(text)).toBeUndefined()
    },
  )

  it.each(['{}', '{"a":"\\":1,\\"a"}', '{"a":["a","a"],"b":{"a":1}}', '{ "a" : "a:", "b":":" }'])('takes %s', (text) => {
    expect(parseStrict(text)).toEqual(JSON.parse(text))
  })
})
