import { createSigner, createVerifier } from 'fast-jwt'
import { JWT_SECRET, openJwt } from './jwt.mjs'

/** fast-jwt, HS256; with `cache` it remembers tokens that it has verified. */
export function openFastJwt(options) {
  return openJwt({
    verify: createVerifier({ key: JWT_SECRET, algorithms: ['HS256'], ...options }),
    sign: createSigner({ key: JWT_SECRET, algorithm: 'HS256', expiresIn: 3_600_000 }),
  })
}

export const open = async () => openFastJwt({})
