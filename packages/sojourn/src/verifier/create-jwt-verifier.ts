import { type Clock, type Millis, systemClock } from '../clock.js'
import { parseDuration } from '../duration.js'
import { SessionError, storeUnavailable } from '../errors.js'
import { checkedAddress } from './address.js'
import { type FeedReader, feedReader } from './feed-reader.js'
import { type FetchJson, fetchJson } from './fetch-json.js'
import { judgeToken, type VerifiedClaims } from './judge-token.js'
import { type TokenKeys, tokenKeys } from './token-keys.js'

export type { RevocationFeed, RevokedLogins, RevokedSession } from '../revocations.js'
export type { VerifiedClaims } from './judge-token.js'

export interface JwtVerifierOptions {
  /** `iss` of the tokens, exactly. */
  readonly issuer: string
  /** `aud` of the tokens, exactly: the name of this service. */
  readonly audience: string
  /** Where the public keys are: `https://…/.well-known/jwks.json`. This or `jwks`. */
  readonly jwksUrl?: string
  /** The public keys themselves (RFC 7517). They do not change then. */
  readonly jwks?: { readonly keys: readonly unknown[] }
  /** Where the revocations are: `https://…/.well-known/sojourn-revocations`. */
  readonly feedUrl: string
  /** The service key of the service that issues. It goes to `feedUrl` and nowhere else. */
  readonly serviceKey: string
  /** How old what is known of revocations may be before nothing is accepted any more; 1 s to 5 m. @default '30s' */
  readonly lease?: Millis | string
  /** How often the feed is asked; at most half of the lease. @default '5s', or half of the lease */
  readonly interval?: Millis | string
  /** How far the clock of the issuer may be ahead of this one; at most 30 s. @default '5s' */
  readonly leeway?: Millis | string
  /** @default the global `fetch` */
  readonly fetch?: typeof globalThis.fetch
  /** @default the clock of this machine */
  readonly clock?: Clock
}

export type JwtVerdict =
  | { readonly isValid: true; readonly claims: VerifiedClaims }
  | { readonly isValid: false; readonly error: SessionError }

export interface JwtVerifier {
  /**
   * Judges an access token without asking anybody about it. A refusal is a value. Throws `STORE_UNAVAILABLE` (503) while keys
   * or revocations are not known, or what is known is older than the lease: neither "yes" nor "logged out".
   */
  verify(token: string): Promise<JwtVerdict>
  /** How old what is known of revocations is, in milliseconds; infinite before the first answer. */
  age(): Millis
  /** Stops asking. Later calls of `verify` throw `STORE_UNAVAILABLE`. */
  close(): void
  [Symbol.dispose](): void
}

const LEASE = { usual: 30_000, least: 1_000, most: 300_000 }
const INTERVAL: Millis = 5_000
/** An answer of the service may rest on a look that began this long before the question. */
const SERVICE_AGE: Millis = 1_000
const LEEWAY = { usual: 5_000, most: 30_000 }

function refuse(path: string, allowed: string): never {
  throw new SessionError('CONFIG_INVALID', `${path}: ${allowed}`, { path })
}

function time(path: string, value: unknown, usual: Millis, least: Millis, most: Millis): Millis {
  const given = value === undefined ? usual : parseDuration(value)
  return given !== undefined && given >= least && given <= most ? given : refuse(path, `it must be from ${least} to ${most} ms.`)
}

const textIn = (path: string, value: unknown): string =>
  typeof value === 'string' && value !== '' ? value : refuse(path, 'it must be a text.')

const KNOWN = ['issuer', 'audience', 'jwksUrl', 'jwks', 'feedUrl', 'serviceKey', 'lease', 'interval', 'leeway', 'fetch', 'clock']

function openKeys({ jwks, jwksUrl }: JwtVerifierOptions, get: FetchJson, clock: Clock): TokenKeys {
  if ((jwks === undefined) === (jwksUrl === undefined)) refuse('jwksUrl', 'give either jwksUrl or jwks.')
  return tokenKeys(jwksUrl === undefined ? { fixed: jwks } : { url: checkedAddress('jwksUrl', jwksUrl) }, get, clock)
}

/**
 * Judges JWT access tokens in another service, by the public keys and the feed of revocations alone. A session that was ended
 * is refused within `interval` plus a second while the feed is heard, and within `lease` plus a second in any case: then
 * nothing is accepted. Rights are not in tokens; a challenge of a session, and a token that was replaced, are not in the feed:
 * who needs these introspects. Throws `CONFIG_INVALID` for options that are wrong.
 */
export function createJwtVerifier(options: JwtVerifierOptions): JwtVerifier {
  const unknown = Object.keys(options).find((key) => !KNOWN.includes(key))
  if (unknown !== undefined) refuse(unknown.slice(0, 64), `there is no such option; known are ${KNOWN.join(', ')}.`)
  const { clock = systemClock } = options
  const lease = time('lease', options.lease, LEASE.usual, LEASE.least, LEASE.most)
  const interval = time('interval', options.interval, Math.min(INTERVAL, lease / 2), 100, lease / 2)
  const rules = {
    issuer: textIn('issuer', options.issuer),
    audience: textIn('audience', options.audience),
    leeway: time('leeway', options.leeway, LEEWAY.usual, 0, LEEWAY.most),
  }
  const get = fetchJson(options.fetch ?? globalThis.fetch, clock)
  const feed: FeedReader = feedReader({
    url: checkedAddress('feedUrl', options.feedUrl),
    serviceKey: textIn('serviceKey', options.serviceKey),
    issuer: rules.issuer,
    interval,
    get,
    clock,
  })
  const keys = openKeys(options, get, clock)
  const close = (): void => feed.close()

  async function freshFeed(): Promise<void> {
    if (feed.age() <= lease) return
    // The process may have slept: one question now is better than a refusal.
    await feed.ask()
    if (feed.age() > lease) throw storeUnavailable(new Error(feed.fault()))
  }

  feed.follow()
  return Object.freeze({
    async verify(token: string): Promise<JwtVerdict> {
      await freshFeed()
      return await judgeToken(token, rules, feed, keys, clock)
    },
    age: () => feed.age() + (feed.known() === undefined ? 0 : SERVICE_AGE),
    close,
    [Symbol.dispose]: close,
  })
}
