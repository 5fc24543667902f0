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
}

/** Checks the options about tokens. `at`: where the older names stand, for messages, if these were used. */
export function resolveTokens(options: SessionManagerOptions, lifetime: Millis, at: string): TokenSettings {
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
  return { type, pair, accessLife, rotation, ...(jwt === undefined ? {} : { jwt }) }
}
