import { createHmac, type KeyObject } from 'node:crypto'
import { equal, sha256 } from './hash.js'

/** What signs cookies: as the package `cookie-signature` takes it. */
export type CookieSecret = string | Uint8Array | KeyObject

/** HMAC in base64 without padding, as the packages `cookie-signature` and `@fastify/cookie` make it. */
const signatureOf = (value: string, secret: CookieSecret, algorithm = 'sha256'): string =>
  createHmac(algorithm, secret).update(value).digest('base64').replace(/=+$/, '')

/** `value.signature`. */
export function signCookie(value: string, secret: CookieSecret, algorithm?: string): string {
  return `${value}.${signatureOf(value, secret, algorithm)}`
}

/**
 * The value of `value.signature`, or undefined if none of the secrets made the signature. Takes the same time whichever
 * did, and however much of a wrong one is right.
 */
export function unsignCookie(signed: string, secrets: readonly CookieSecret[], algorithm?: string): string | undefined {
  const dot = signed.lastIndexOf('.')
  if (dot < 1) return undefined
  const value = signed.slice(0, dot)
  const signature = signed.slice(dot + 1)
  const fits = secrets.map((secret) => equal(signatureOf(value, secret, algorithm), signature))
  return fits.includes(true) ? value : undefined
}

/** Signed texts that are remembered as good, in each of two generations: about two megabytes. */
const MOST_REMEMBERED = 10_000

/**
 * `unsignCookie` for secrets that do not change. What was good once is known by its hash, which costs a sixth of the signature; the
 * text itself is kept nowhere, and nobody finds another one with that hash.
 */
export function cookieReader(secrets: readonly CookieSecret[], algorithm?: string): (signed: string) => string | undefined {
  let young = new Set<string>()
  let old = new Set<string>()
  return (signed) => {
    const name = sha256(signed)
    if (young.has(name)) return signed.slice(0, signed.lastIndexOf('.'))
    const value = old.has(name) ? signed.slice(0, signed.lastIndexOf('.')) : unsignCookie(signed, secrets, algorithm)
    if (value === undefined) return undefined
    if (young.size >= MOST_REMEMBERED) {
      old = young
      young = new Set()
    }
    young.add(name)
    return value
  }
}
