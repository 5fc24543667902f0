import type { Millis } from '../clock.js'
import type { SessionManagerOptions } from '../config.js'
import { type JwtSettings, resolveJwt } from './jwt.js'
import { duration, flag, refuse } from './read.js'

/** Five minutes: how long somebody who verifies offline may not hear of a logout. */
const DEFAULT_ACCESS_LIFE: Millis = 300_000

/** Which tokens are issued. */
export interface TokenSettings {
  readonly type: 'opaque' | 'jwt'
  /** Whether there are an access token and a refresh token. */
  readonly pair: boolean
  readonly accessLife: Millis
  readonly rotation: 'always' | 'interval' | 'never'
  /** Set where JWT tokens are issued, and where they were before and are still read. */
  readonly jwt?: JwtSettings
  /** Set where ends are noted for those who verify JWT tokens offline; `longest`: no token lives longer. */
  readonly feed?: { readonly longest: Millis }
}

/** Longer, and whoever begins to follow the feed would have thousands of lists to read. */
const LONGEST_IN_FEED: Millis = 86_400_000

function resolveFeed({ jwt: options }: SessionManagerOptions, jwt: JwtSettings | undefined, longest: Millis): TokenSettings['feed'] {
  const isOn = flag('jwt.revocationFeed', options?.revocationFeed, false)
  if (!isOn) return undefined
  if (jwt?.algorithm === 'HS256')
    refuse('jwt.revocationFeed', true, 'with HS256 nobody else can verify tokens; sign with EdDSA or ES256, or leave it out.')
  if (longest > LONGEST_IN_FEED)
    refuse(
      'jwt.revocationFeed',
      true,
      `tokens live up to ${longest} ms, and a feed takes ${LONGEST_IN_FEED} ms at most; turn refreshToken on, or rememberMe off.`,
    )
  return { longest }
}

/** Checks the options about tokens. `lifetime`, `longest`: of ordinary sessions, and of all. `at`: where the older names stand, for messages, if these were used. */
export function resolveTokens(options: SessionManagerOptions, lifetime: Millis, longest: Millis, at: string): TokenSettings {
  const type = options.tokenType ?? 'opaque'
  if (type !== 'opaque' && type !== 'jwt') refuse(`${at}tokenType`, type, 'it must be "opaque" or "jwt".')
  const pair = flag(`${at}refreshToken`, options.refreshToken, false)
  const rotation = options.rotationPolicy ?? 'always'
  if (rotation !== 'always' && rotation !== 'interval' && rotation !== 'never')
    refuse(`${at}rotationPolicy`, rotation, 'it must be "always", "interval" or "never".')
  if (rotation === 'never' && !pair)
    refuse(
      `${at}rotationPolicy`,
      rotation,
      'without refresh tokens a renewal always gives a new token; use "always", or "interval" with renewal.threshold.',
    )
  const accessLife = duration('accessLifetime', options.accessLifetime, Math.min(DEFAULT_ACCESS_LIFE, lifetime), 1_000)
  if (options.accessLifetime !== undefined && accessLife > lifetime)
    refuse(
      'accessLifetime',
      accessLife,
      `it can never take effect, because sessionLifetime (${lifetime} ms) always comes first; make it shorter.`,
    )
  const jwt = options.jwt !== undefined || type === 'jwt' ? resolveJwt(options.jwt ?? {}) : undefined
  const feed = resolveFeed(options, jwt, pair ? accessLife : longest)
  return { type, pair, accessLife, rotation, ...(jwt === undefined ? {} : { jwt }), ...(feed === undefined ? {} : { feed }) }
}
