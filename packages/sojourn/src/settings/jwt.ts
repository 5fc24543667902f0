import type { Millis } from '../clock.js'
import type { JwtOptions } from '../config.js'
import { parseDuration } from '../duration.js'
import { SessionError } from '../errors.js'
import { weaknessOf } from './weak-secret.js'

/** How JWT tokens are made and judged. Secrets are not here: settings are looked at, and secrets are not. */
export interface JwtSettings {
  readonly algorithm: 'HS256' | 'EdDSA' | 'ES256'
  readonly issuer: string
  readonly audience: string
  readonly clientId: string
  readonly leeway: Millis
  readonly subject: 'pseudonym' | 'userId'
}

const ALGORITHMS = ['HS256', 'EdDSA', 'ES256'] as const
/** Who issues where nobody says a better name; an address, such as `https://id.example.com`, lets others discover the keys. */
const DEFAULT_ISSUER = 'sojourn'
/** Clocks of one house differ by less, and a token from further ahead was not made by one of them. */
const MAX_LEEWAY: Millis = 30_000
/** Secrets that are still taken. Whoever changes them so often that more are needed has keys that leak. */
const MAX_PREVIOUS = 16
/** StringOrURI of RFC 7519 2, in what a header and a log can hold. */
const NAME = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/

const MAKE_ONE = 'Make one with: openssl rand -base64 48'

/** `found` is never a value out of a place where a secret may stand. */
function refuse(path: string, found: string, allowed: string): never {
  throw new SessionError('CONFIG_INVALID', `${path}: found ${found}; ${allowed}`, { path })
}

const shown = (value: unknown): string => (typeof value === 'string' ? JSON.stringify(value) : typeof value)

function nameIn(path: string, value: unknown, fallback: string): string {
  if (value === undefined) return fallback
  if (typeof value !== 'string' || !NAME.test(value))
    refuse(path, shown(value), 'it must be one text of 1 to 255 visible ASCII characters without quotation marks and backslashes.')
  return value
}

function checkSecret(path: string, value: unknown): void {
  if (typeof value !== 'string') refuse(path, typeof value, `HS256 takes a secret of at least 32 random bytes, as text. ${MAKE_ONE}`)
  const weakness = weaknessOf(value)
  if (weakness !== undefined) refuse(path, 'a secret that cannot be used', `it ${weakness}. ${MAKE_ONE}`)
}

function checkSecrets(secret: unknown, previous: unknown): void {
  checkSecret('jwt.secret', secret)
  if (previous === undefined) return
  if (!Array.isArray(previous) || previous.length > MAX_PREVIOUS)
    refuse('jwt.previousSecrets', typeof previous, `it must be a list of at most ${MAX_PREVIOUS} texts.`)
  for (const [at, one] of previous.entries()) checkSecret(`jwt.previousSecrets.${at}`, one)
}

function leewayIn(value: unknown): Millis {
  if (value === undefined) return MAX_LEEWAY
  const leeway = parseDuration(value)
  if (leeway === undefined || leeway > MAX_LEEWAY) refuse('jwt.leeway', shown(value), 'it must be a length of time of at most 30s.')
  return leeway
}

/** Checks the options of JWT tokens and fills in what is missing. Throws `CONFIG_INVALID`, never with anything of a secret. */
export function resolveJwt(options: JwtOptions): JwtSettings {
  const { secret, previousSecrets, algorithm = secret === undefined ? 'EdDSA' : 'HS256' } = options
  if (!ALGORITHMS.includes(algorithm)) refuse('jwt.algorithm', shown(algorithm), 'it must be "HS256", "EdDSA" or "ES256".')
  if (algorithm === 'HS256') checkSecrets(secret, previousSecrets)
  else if (secret !== undefined || previousSecrets !== undefined) {
    const path = secret === undefined ? 'jwt.previousSecrets' : 'jwt.secret'
    refuse(path, 'a secret', `${algorithm} signs with a key pair that is made and kept for you; leave it out, or write HS256.`)
  }
  const issuer = nameIn('jwt.issuer', options.issuer, DEFAULT_ISSUER)
  const { subject = 'pseudonym' } = options
  if (subject !== 'pseudonym' && subject !== 'userId') refuse('jwt.subject', shown(subject), 'it must be "pseudonym" or "userId".')
  return Object.freeze({
    algorithm,
    issuer,
    audience: nameIn('jwt.audience', options.audience, issuer),
    clientId: nameIn('jwt.clientId', options.clientId, DEFAULT_ISSUER),
    leeway: leewayIn(options.leeway),
    subject,
  })
}
