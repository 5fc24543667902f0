import { readObject, refuse, refuseUnknown } from './refuse.js'

/** SHA-256 in base64url without padding; the last of 43 characters has two bits that are zero. */
const THUMBPRINT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/** The key that a session is bound to, named by its thumbprint. */
export function readConfirmation(path: string, value: unknown): { readonly jkt: string } {
  const given = readObject(path, value)
  refuseUnknown(path, given, ['jkt'])
  const jkt = given['jkt']
  if (typeof jkt !== 'string' || !THUMBPRINT.test(jkt))
    refuse(`${path}.jkt`, jkt, 'it must be the SHA-256 thumbprint of a public key (RFC 7638), 43 base64url characters.')
  return { jkt }
}
