import { createHash, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto'

/** A key of a client, with which a test signs what it likes. */
export interface TestKey {
  readonly alg: 'ES256' | 'EdDSA' | 'RS256'
  readonly jwk: JsonWebKey
  readonly privateJwk: JsonWebKey
  readonly jkt: string
  signature(text: string): Buffer
}

const MEMBERS = { ES256: ['crv', 'kty', 'x', 'y'], EdDSA: ['crv', 'kty', 'x'], RS256: ['e', 'kty', 'n'] } as const

function pairOf(alg: TestKey['alg'], bits: number): { publicKey: KeyObject; privateKey: KeyObject } {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('rsa', { modulusLength: bits })
}

export function testKey(alg: TestKey['alg'] = 'ES256', bits = 2_048): TestKey {
  const { publicKey, privateKey } = pairOf(alg, bits)
  const jwk = publicKey.export({ format: 'jwk' })
  const canonical = JSON.stringify(Object.fromEntries(MEMBERS[alg].map((name) => [name, jwk[name]])))
  return {
    alg,
    jwk,
    privateJwk: privateKey.export({ format: 'jwk' }),
    jkt: createHash('sha256').update(canonical).digest('base64url'),
    signature(text) {
      const data = Buffer.from(text)
      if (alg === 'EdDSA') return sign(null, data, privateKey)
      return sign('sha256', data, alg === 'ES256' ? { key: privateKey, dsaEncoding: 'ieee-p1363' } : privateKey)
    },
  }
}

export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A compact JWS of whatever header and payload, texts as they are and anything else as JSON. */
export function jws(header: unknown, payload: unknown, key: TestKey): string {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${key.signature(text).toString('base64url')}`
}
