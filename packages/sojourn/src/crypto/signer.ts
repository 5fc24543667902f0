import * as crypto from 'node:crypto'
import { equal, type Key, mac } from './hash.js'

/** The algorithms that tokens are signed with. No other one is ever taken, whatever a token says of itself (RFC 8725 3.1). */
export type SigningAlgorithm = 'HS256' | 'EdDSA' | 'ES256'

/** A public key as RFC 7517 and RFC 8037 write it. */
export interface PublicJwk {
  readonly kty: 'OKP' | 'EC'
  readonly crv: string
  readonly x: string
  readonly y?: string
  readonly use: 'sig'
  readonly alg: SigningAlgorithm
  readonly kid: string
}

/** One key, good for one algorithm. */
export interface Signer {
  readonly algorithm: SigningAlgorithm
  readonly kid: string
  /** Signature of a text, as base64url. */
  sign(text: string): string
  verify(text: string, signature: string): boolean
  /** Absent for HS256: that key is known to nobody but its owner. */
  readonly jwk?: PublicJwk
}

const KID_PART = 8
const SIGNATURE_BYTES = 64
/** RFC 8410 7: what stands before the 32 bytes of a private Ed25519 key. */
const ED25519_PKCS8: Uint8Array = Buffer.from('302e020100300506032b657004220420', 'hex')
/** Half the order of P-256. Of the two signatures (r, s) and (r, n − s), which are both right, only the one with the smaller s is taken. */
const P256_ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
const P256_HALF: bigint = P256_ORDER / 2n

/**
 * The name of a key: 8 characters of its fingerprint, and 8 that only this installation can make. So a node knows a key
 * of ours that it has not heard of yet from a name that somebody made up. It never begins with a dash: on a command line that is an option.
 */
export function kidOf(kidKey: Key, algorithm: SigningAlgorithm, secret: string): string {
  const id = mac(kidKey, 'key', algorithm, secret).slice(0, KID_PART).replace(/^-/, '_')
  return id + mac(kidKey, 'name', id).slice(0, KID_PART)
}

/** Whether a key of this name was made by this installation, known here or not. */
export function isOwnKid(kidKey: Key, kid: string): boolean {
  return kid.length === 2 * KID_PART && equal(mac(kidKey, 'name', kid.slice(0, KID_PART)).slice(0, KID_PART), kid.slice(KID_PART))
}

/** HS256 with the bytes of a configured text, as other libraries take it. */
export function hmacSigner(kidKey: Key, secret: string): Signer {
  const key = crypto.createSecretKey(Buffer.from(secret))
  const sign = (text: string): string => crypto.createHmac('sha256', key).update(text).digest('base64url')
  return Object.freeze({
    algorithm: 'HS256' as const,
    kid: kidOf(kidKey, 'HS256', secret),
    sign,
    verify: (text: string, signature: string) => equal(sign(text), signature),
  })
}

function ed25519Key(secret: Uint8Array): crypto.KeyObject {
  return crypto.createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, secret]), format: 'der', type: 'pkcs8' })
}

/** Throws for 32 bytes that are no private key of this curve, once in 2^32 draws. */
function p256Key(secret: Uint8Array): crypto.KeyObject {
  const exchange = crypto.createECDH('prime256v1')
  exchange.setPrivateKey(secret)
  const point = exchange.getPublicKey()
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
  const key = { kty: 'EC', crv: 'P-256', d: text(secret), x: text(point.subarray(1, 33)), y: text(point.subarray(33)) }
  return crypto.createPrivateKey({ key, format: 'jwk' })
}

function lowS(signature: Buffer): Buffer {
  const s = BigInt(`0x${signature.toString('hex', 32)}`)
  if (s <= P256_HALF) return signature
  return Buffer.concat([signature.subarray(0, 32), Buffer.from((P256_ORDER - s).toString(16).padStart(64, '0'), 'hex')])
}

/** EdDSA (Ed25519) or ES256 with a private key of 32 bytes, as base64url. Throws a RangeError for what is none. */
export function pairSigner(kidKey: Key, algorithm: 'EdDSA' | 'ES256', secret: string): Signer {
  const bytes = Buffer.from(secret, 'base64url')
  if (bytes.length !== 32) throw new RangeError('A private key has 32 bytes.')
  const isEdwards = algorithm === 'EdDSA'
  const privateKey = isEdwards ? ed25519Key(bytes) : p256Key(bytes)
  const publicKey = crypto.createPublicKey(privateKey)
  const hash = isEdwards ? null : 'sha256'
  const kid = kidOf(kidKey, algorithm, secret)
  const { x = '', y } = publicKey.export({ format: 'jwk' })
  const jwk: PublicJwk = isEdwards
    ? { kty: 'OKP', crv: 'Ed25519', x, use: 'sig', alg: algorithm, kid }
    : { kty: 'EC', crv: 'P-256', x, y: y ?? '', use: 'sig', alg: algorithm, kid }
  return Object.freeze({
    algorithm,
    kid,
    jwk: Object.freeze(jwk),
    sign(text: string): string {
      const signature = crypto.sign(hash, Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return (isEdwards ? signature : lowS(signature)).toString('base64url')
    },
    verify(text: string, signature: string): boolean {
      const given = Buffer.from(signature, 'base64url')
      // One signature has one spelling: no stray bits at its end, and not the other root of the same equation.
      if (given.length !== SIGNATURE_BYTES || given.toString('base64url') !== signature) return false
      if (!isEdwards && !lowS(given).equals(given)) return false
      return crypto.verify(hash, Buffer.from(text), { key: publicKey, dsaEncoding: 'ieee-p1363' }, given)
    },
  })
}
