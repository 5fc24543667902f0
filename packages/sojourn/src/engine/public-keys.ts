import type { PublicJwk } from '../crypto/signer.js'
import type { Engine } from './engine.js'

/** The keys that JWT tokens can be verified with, pending ones first known here. With HS256 there is none that may be shown. */
export function publicKeys({ keys, settings }: Pick<Engine, 'keys' | 'settings'>): readonly PublicJwk[] {
  const { jwt } = settings.tokens
  if (jwt === undefined || jwt.algorithm === 'HS256') return []
  return keys.ring().signers.flatMap(({ jwk }) => (jwk === undefined ? [] : [jwk]))
}
