import { type ProofAlgorithm, type ProofKey, publicKeyOf } from '../crypto/jwk.js'
import { parseStrict } from './strict-json.js'

/** What one kind of proof must be. */
export interface ProofDemands {
  /** The `typ` of its header, which keeps a JWT that was made for another use from being taken for a proof (RFC 8725 3.11). */
  readonly typ: string
  readonly algorithms: readonly ProofAlgorithm[]
  /** The key that must have signed; then the header must not bring one. @default the one in the header */
  readonly key?: ProofKey
}

export type ReadProof =
  | { readonly kind: 'proof'; readonly key: ProofKey; readonly claims: Readonly<Record<string, unknown>> }
  /** No compact JWS with a JSON header. */
  | { readonly kind: 'unreadable'; readonly why: 'size' | 'form' | 'header' }
  /** It is one, and not one that an honest client makes. */
  | { readonly kind: 'forged'; readonly why: 'typ' | 'alg' | 'key' | 'extension' | 'signature' | 'claims' }

/** Chrome's are below 1,000 characters, those with an RSA key of 4,096 bits below 2,500. */
export const MAX_PROOF_CHARACTERS = 4_096
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/
/** Header parameters that change what is signed or whose key counts (RFC 7515 4.1, RFC 7797): none of them is understood here. */
const EXTENSIONS = ['crit', 'b64', 'zip', 'jku', 'x5u', 'x5c']
/** RFC 9864 gives EdDSA over this curve a name of its own. */
const SAME_AS: Readonly<Record<string, string>> = Object.freeze({ Ed25519: 'EdDSA' })

/** The bytes of a part; undefined if it has a second spelling, since the trailing bits are not zero. */
function bytesOf(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = bytesOf(part)
  if (bytes === undefined) return undefined
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? parseStrict(text) : undefined
}

/**
 * Reads a proof of possession: a compact JWS that names its own public key, or is signed by one that is known. Nothing that it
 * claims is looked at before the signature has been verified. Pure: neither the time nor the challenge is judged here.
 */
export function readProof(text: unknown, demands: ProofDemands): ReadProof {
  if (typeof text !== 'string' || text.length > MAX_PROOF_CHARACTERS) return { kind: 'unreadable', why: 'size' }
  const [, head, body, mark] = COMPACT.exec(text) ?? []
  if (head === undefined || body === undefined || mark === undefined) return { kind: 'unreadable', why: 'form' }
  const header = objectIn(head)
  const signature = bytesOf(mark)
  if (header === undefined || signature === undefined) return { kind: 'unreadable', why: 'header' }
  if (header['typ'] !== demands.typ) return { kind: 'forged', why: 'typ' }
  if (EXTENSIONS.some((name) => Object.hasOwn(header, name))) return { kind: 'forged', why: 'extension' }
  const algorithm = demands.algorithms.find((one) => one === (SAME_AS[String(header['alg'])] ?? header['alg']))
  if (algorithm === undefined) return { kind: 'forged', why: 'alg' }
  if (demands.key !== undefined && Object.hasOwn(header, 'jwk')) return { kind: 'forged', why: 'key' }
  const key = demands.key ?? publicKeyOf(header['jwk'])
  if (key === undefined || key.algorithm !== algorithm) return { kind: 'forged', why: 'key' }
  if (!key.verifies(`${head}.${body}`, signature)) return { kind: 'forged', why: 'signature' }
  const claims = objectIn(body)
  return claims === undefined ? { kind: 'forged', why: 'claims' } : { kind: 'proof', key, claims }
}
