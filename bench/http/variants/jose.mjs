import { createSecretKey } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { JWT_SECRET, openJwt } from './jwt.mjs'

/** jose, HS256, with the kind of key that it checks fastest. */
export async function open() {
  const material = createSecretKey(Buffer.from(JWT_SECRET)).export()
  const key = await crypto.subtle.importKey('raw', material, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
  return openJwt({
    verify: async (token) => (await jwtVerify(token, key, { algorithms: ['HS256'] })).payload,
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setIssuedAt().setExpirationTime('1h').sign(key),
  })
}
