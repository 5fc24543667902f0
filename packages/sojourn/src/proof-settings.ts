import type { Millis } from './clock.js'
import type { SessionManagerOptions } from './config.js'

/** Device Bound Session Credentials, as they are enabled. */
export interface DeviceBoundSettings {
  readonly cookieName: string
  readonly cookieMaxAge: Millis
  readonly challengeTtl: Millis
  readonly grace: Millis
  readonly path: string
  readonly algorithms: readonly ('ES256' | 'RS256')[]
}

/** DPoP, as it is enabled. */
export interface DpopSettings {
  /** Origins. */
  readonly publicUrls: readonly string[]
  readonly proofLifetime: Millis
  readonly nonce: 'never' | 'renewal' | 'always'
}

/** How options are read, and refused with `CONFIG_INVALID`. */
export interface Readers {
  readonly refuse: (path: string, found: unknown, allowed: string) => never
  readonly duration: (path: string, value: unknown, fallback: Millis, least?: Millis) => Millis
  readonly flag: (path: string, value: unknown, fallback: boolean) => boolean
}

const MINUTE: Millis = 60_000

// RFC 9110 5.6.2; the prefix makes sure that no sibling host can plant the cookie.
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
const PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/

/** Device binding, if it is enabled. Checked also where it is not. */
export function resolveDeviceBound(
  given: SessionManagerOptions['deviceBound'],
  { refuse, duration, flag }: Readers,
): DeviceBoundSettings | undefined {
  const at = 'deviceBound'
  const { cookieName = '__Host-id-bound', path = '/auth/dbsc', algorithms = ['ES256'] } = given ?? {}
  if (typeof cookieName !== 'string' || !COOKIE_NAME.test(cookieName))
    refuse(`${at}.cookieName`, cookieName, 'it must be the name of a cookie.')
  if (typeof path !== 'string' || !PATH.test(path))
    refuse(`${at}.path`, path, 'it must be a path such as "/auth/dbsc", without a slash at its end.')
  if (!Array.isArray(algorithms) || algorithms.length === 0 || algorithms.some((one) => one !== 'ES256' && one !== 'RS256'))
    refuse(`${at}.algorithms`, algorithms, 'it must be a list of "ES256" and "RS256".')
  const cookieMaxAge = duration(`${at}.cookieMaxAge`, given?.cookieMaxAge, 10 * MINUTE, MINUTE)
  const challengeTtl = duration(`${at}.challengeTtl`, given?.challengeTtl, Math.max(15 * MINUTE, 1.5 * cookieMaxAge))
  // A browser signs the challenge that came with the last cookie when that cookie is over.
  if (challengeTtl <= cookieMaxAge)
    refuse(`${at}.challengeTtl`, challengeTtl, `it must be longer than ${at}.cookieMaxAge (${cookieMaxAge} ms).`)
  const grace = duration(`${at}.grace`, given?.grace, 30_000, 0)
  return flag(`${at}.enabled`, given?.enabled, false)
    ? { cookieName, cookieMaxAge, challengeTtl, grace, path, algorithms: [...new Set(algorithms)] }
    : undefined
}

/** The origin in a text that is nothing but one. */
function originIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined
  const { origin, protocol, href } = new URL(value)
  return (protocol === 'https:' || protocol === 'http:') && href === `${origin}/` ? origin : undefined
}

/** DPoP, if it is enabled. Checked also where it is not. */
export function resolveDpop(given: SessionManagerOptions['dpop'], { refuse, duration, flag }: Readers): DpopSettings | undefined {
  const { nonce = 'renewal', publicUrl } = given ?? {}
  const urls = publicUrl === undefined ? [] : [publicUrl].flat()
  const publicUrls = urls.map(
    (url) => originIn(url) ?? refuse('dpop.publicUrl', url, 'it must be an origin such as "https://api.example.com".'),
  )
  if (nonce !== 'never' && nonce !== 'renewal' && nonce !== 'always')
    refuse('dpop.nonce', nonce, 'it must be "never", "renewal" or "always".')
  const proofLifetime = duration('dpop.proofLifetime', given?.proofLifetime, 2 * MINUTE, 1_000)
  if (!flag('dpop.enabled', given?.enabled, false)) return undefined
  if (publicUrls.length === 0)
    refuse(
      'dpop.publicUrl',
      publicUrl,
      'a proof names the address it was made for, so DPoP needs the origin under which clients reach you.',
    )
  return { publicUrls, proofLifetime, nonce }
}
