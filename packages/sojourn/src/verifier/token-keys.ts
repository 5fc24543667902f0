import type { Clock, Millis } from '../clock.js'
import { type ProofKey, publicKeyOf } from '../crypto/jwk.js'
import { SessionError, storeUnavailable } from '../errors.js'
import type { FetchJson } from './fetch-json.js'

/** The public keys of an issuer. */
export interface TokenKeys {
  /** The key of this name; asked for if it is not known, though not more often than once in a second. Throws `STORE_UNAVAILABLE` if it cannot be had. */
  find(kid: string): Promise<ProofKey | undefined>
}

/** A ring has a handful. */
const MAX_KEYS = 64
/** Between two questions for a key that the feed names and the published ones lack. */
const PAUSE: Millis = 1_000

/** Keys by their names. Those of other uses and algorithms are left out; a key says which algorithm it is for, and the token has to agree (RFC 8725 3.1). */
function readKeys(value: unknown): ReadonlyMap<string, ProofKey> | undefined {
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined
  const found = new Map<string, ProofKey>()
  for (const jwk of keys as readonly unknown[]) {
    const key = publicKeyOf(jwk)
    if (key === undefined || typeof jwk !== 'object' || jwk === null) continue
    const { kid, alg, use } = jwk as Readonly<Record<string, unknown>>
    if (typeof kid !== 'string' || key.algorithm === 'RS256') continue
    if ((alg === undefined || alg === key.algorithm) && (use === undefined || use === 'sig')) found.set(kid, key)
  }
  return found
}

export function tokenKeys(
  from: { readonly url: string } | { readonly fixed: unknown },
  get: FetchJson,
  clock: Pick<Clock, 'monotonic'>,
): TokenKeys {
  let keys: ReadonlyMap<string, ProofKey> = new Map()
  let asked = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined

  async function load(url: string): Promise<void> {
    const answer = await get(url, { accept: 'application/json' })
    const read = answer.status === 200 ? readKeys(answer.json) : undefined
    if (read === undefined) throw new Error('The public keys could not be read.')
    keys = read
    asked = clock.monotonic()
  }
  if ('fixed' in from) {
    const read = readKeys(from.fixed)
    if (read === undefined || read.size === 0)
      throw new SessionError('CONFIG_INVALID', 'jwks: it must hold at least one Ed25519 or P-256 key with a kid.', { path: 'jwks' })
    keys = read
  }
  return Object.freeze({
    async find(kid: string): Promise<ProofKey | undefined> {
      const known = keys.get(kid)
      if (known !== undefined || 'fixed' in from || clock.monotonic() - asked < PAUSE) return known
      asking ??= load(from.url).finally(() => {
        asking = undefined
      })
      try {
        await asking
      } catch (cause) {
        throw storeUnavailable(cause)
      }
      return keys.get(kid)
    },
  })
}
