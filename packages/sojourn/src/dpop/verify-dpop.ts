import type { Millis } from '../clock.js'
import { equal, sha256 } from '../crypto/hash.js'
import { readProof } from '../token/proof-jwt.js'
import { normalHtu } from './htu.js'

/** What a DPoP proof is held against (RFC 9449 4.3). */
export interface DpopDemands {
  /** The header `DPoP` as it came. Two of them arrive as one with a comma between. */
  readonly proof: string | undefined
  readonly method: string
  /** The address of the request, from what is configured and never from `Host` (DPP-7). */
  readonly url: string
  /** The token that came with it. */
  readonly accessToken: string
  /** The thumbprint that the token is bound to. */
  readonly jkt: string
  readonly now: Millis
  /** How old a proof may be. */
  readonly lifetime: Millis
  /** Whether this nonce was handed out a moment ago. */
  readonly isFresh: (nonce: unknown) => boolean
  /** Whether a proof without a nonce is refused. */
  readonly needsNonce: boolean
}

/** Which of the checks failed; `nonce` asks for another proof and is no accusation. */
export type DpopFault = 'missing' | 'several' | 'malformed' | 'claims' | 'method' | 'url' | 'nonce' | 'time' | 'token' | 'key'

export type DpopVerdict =
  | { readonly kind: 'proved'; readonly jti: string; readonly htu: string; readonly issuedAt: Millis }
  | { readonly kind: 'refused'; readonly fault: DpopFault }

/** ES256 and Ed25519: DPP-1. RSA and symmetric ones are not taken. */
export const DPOP_ALGORITHMS = ['ES256', 'EdDSA'] as const
/** Clocks of clients go wrong; a proof from further ahead would be good for longer than it should. */
export const CLOCK_LEEWAY: Millis = 15_000
const MAX_JTI = 256

const refused = (fault: DpopFault): DpopVerdict => ({ kind: 'refused', fault })

/**
 * Checks all of RFC 9449 4.3 but the replay, which needs a memory and comes last. Pure. The order is that of the cost to an
 * attacker: what is claimed counts after the signature, and the key after what it signed.
 */
export function verifyDpop(demands: DpopDemands): DpopVerdict {
  const { proof, now } = demands
  if (proof === undefined || proof === '') return refused('missing')
  if (proof.includes(',')) return refused('several')
  const read = readProof(proof, { typ: 'dpop+jwt', algorithms: DPOP_ALGORITHMS })
  if (read.kind !== 'proof') return refused('malformed')
  const { jti, htm, htu, iat, ath, nonce } = read.claims
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI || typeof iat !== 'number' || !Number.isFinite(iat))
    return refused('claims')
  if (htm !== demands.method) return refused('method')
  const expected = normalHtu(demands.url)
  if (expected === undefined || normalHtu(htu) !== expected) return refused('url')
  // A nonce that is there must be ours, also where none is demanded: it tells that the client believes in one (4.3, 10).
  if (nonce === undefined ? demands.needsNonce : !demands.isFresh(nonce)) return refused('nonce')
  const issuedAt = iat * 1_000
  if (issuedAt > now + CLOCK_LEEWAY || issuedAt + demands.lifetime < now) return refused('time')
  if (typeof ath !== 'string' || !equal(ath, sha256(demands.accessToken))) return refused('token')
  if (!equal(read.key.thumbprint, demands.jkt)) return refused('key')
  return { kind: 'proved', jti, htu: expected, issuedAt }
}
