import { createHash, randomUUID } from 'node:crypto'
import { jws, type TestKey } from './proof-key.js'

export interface ProofParts {
  readonly method: string
  readonly url: string
  readonly token: string
  readonly now: number
  readonly nonce?: string
  /** Laid over what is right; undefined takes a member out. */
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A DPoP proof as RFC 9449 4.2 has it, with what a test wants wrong. */
export function dpopProof(key: TestKey, { method, url, token, now, nonce, header = {}, claims = {} }: ProofParts): string {
  const payload = {
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: Math.floor(now / 1_000),
    ath: createHash('sha256').update(token).digest('base64url'),
    ...(nonce === undefined ? {} : { nonce }),
    ...claims,
  }
  return jws({ typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk, ...header }, payload, key)
}
