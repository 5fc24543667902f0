import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { sha256 } from './hash.js'

/** Signatures that a proof of possession may bear. Nothing symmetric: whoever checks a proof must not be able to make one. */
export type ProofAlgorithm = 'ES256' | 'EdDSA' | 'RS256'

/** The members of a public key that make it what it is (RFC 7638 3.2), and no others. */
export type PublicJwk = Readonly<Record<string, string>>

/** A public key that somebody showed, checked. */
export interface ProofKey {
  readonly algorithm: ProofAlgorithm
  readonly jwk: PublicJwk
  /** SHA-256 thumbprint of RFC 7638, 43 base64url characters. */
  readonly thumbprint: string
  /** Whether the holder of the private key signed exactly this text. */
  verifies(text: string, signature: Uint8Array): boolean
}

/** RFC 7517 9.3 and RFC 7518 6: whoever shows one of these has lost the key. `k` is a symmetric one. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']
/** NIST SP 800-131A; above the upper bound a check costs more than a request should. */
const RSA_BITS = { least: 2_048, most: 4_096 }
/** The one exponent in use. Others have a history of forgeries (CVE-2006-4339). */
const RSA_EXPONENT = 'AQAB'
const BASE64URL = /^[A-Za-z0-9_-]{1,700}$/

interface Kind {
  readonly algorithm: ProofAlgorithm
  /** In the order of the alphabet, which the thumbprint demands. */
  readonly members: readonly string[]
}

const KINDS: Readonly<Record<string, Kind>> = Object.freeze({
  'EC/P-256': { algorithm: 'ES256', members: ['crv', 'kty', 'x', 'y'] },
  'OKP/Ed25519': { algorithm: 'EdDSA', members: ['crv', 'kty', 'x'] },
  'RSA/': { algorithm: 'RS256', members: ['e', 'kty', 'n'] },
})

const isFit = (key: KeyObject, jwk: PublicJwk): boolean => {
  if (jwk['kty'] !== 'RSA') return true
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  return bits >= RSA_BITS.least && bits <= RSA_BITS.most && jwk['e'] === RSA_EXPONENT
}

/** How Node is asked about a signature, and how long it is; RSA signatures are as long as the key. */
function check(algorithm: ProofAlgorithm, key: KeyObject, text: string, signature: Uint8Array): boolean {
  const data = Buffer.from(text)
  switch (algorithm) {
    // The two integers side by side (RFC 7518 3.4), not the DER that OpenSSL would take.
    case 'ES256':
      return signature.length === 64 && verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'EdDSA':
      return signature.length === 64 && verify(null, data, key, signature)
    case 'RS256':
      return verify('sha256', data, key, signature)
  }
}

/**
 * The key in a public JWK: P-256, Ed25519, or RSA from 2,048 bits on. Undefined for anything else: other types and curves, a
 * point that is not on its curve, and every key that brings a private or symmetric member along. Members that describe the
 * key (`kid`, `use`, …) are not looked at.
 */
export function publicKeyOf(value: unknown): ProofKey | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const given = new Map(Object.entries(value))
  if (PRIVATE_MEMBERS.some((name) => given.has(name))) return undefined
  const curve = given.get('kty') === 'RSA' ? '' : given.get('crv')
  const kind = Object.hasOwn(KINDS, `${String(given.get('kty'))}/${String(curve)}`)
    ? KINDS[`${String(given.get('kty'))}/${String(curve)}`]
    : undefined
  if (kind === undefined) return undefined
  const members: Record<string, string> = {}
  for (const name of kind.members) {
    const text = given.get(name)
    if (typeof text !== 'string' || (name !== 'kty' && name !== 'crv' && !isCanonical(text))) return undefined
    members[name] = text
  }
  const jwk: PublicJwk = Object.freeze(members)
  const key = importKey(jwk)
  if (key === undefined || !isFit(key, jwk)) return undefined
  const { algorithm } = kind
  return Object.freeze({
    algorithm,
    jwk,
    thumbprint: sha256(JSON.stringify(jwk)),
    verifies: (text: string, signature: Uint8Array) => check(algorithm, key, text, signature),
  })
}

/** One spelling for one key: else one key would have several thumbprints. */
const isCanonical = (text: string): boolean => BASE64URL.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text

function importKey(jwk: PublicJwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    // Node has one way to say that this is no key: a wrong length, or a point that is not on the curve.
    return undefined
  }
}
