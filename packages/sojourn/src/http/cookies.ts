import type { Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import type { IssuedSession } from '../session.js'

export interface CookieOptions {
  /** Compared byte by byte. `__Host-` keeps sibling hosts from planting it. @default '__Host-id'; '__Secure-id' with a domain; 'id' with `dev` */
  readonly name?: string
  /** Gives the cookie to all hosts under this domain as well. Any of them can then read and replace it. @default this host only */
  readonly domain?: string
  /** To which requests that begin on other sites browsers add the cookie. @default 'lax' */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Keeps the cookie of a page that is embedded elsewhere apart for each embedding site (CHIPS); takes `sameSite: 'none'`. @default false */
  readonly partitioned?: boolean
}

/** A session cookie, ready for use. */
export interface SessionCookie {
  readonly name: string
  /** The `Set-Cookie` line that hands out a token. Throws `CONFIG_INVALID` for one that browsers would drop for its size. */
  set(session: IssuedSession, now: Millis): string
  /** The `Set-Cookie` line that takes it back, with the attributes it was set with: else some browsers keep it. */
  readonly clear: string
}

/** Browsers keep no cookie longer (RFC 6265bis 5.5): 400 days. */
const MAX_COOKIE_SECONDS = 400 * 86_400
/** Browsers drop a cookie whose name and value are longer together (RFC 6265bis 5.6). */
const MAX_COOKIE_BYTES = 4_096

// RFC 9110 5.6.2.
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
/** Browsers take a prefix in any spelling for the prefix; here it has one. */
const PREFIX = /^__(?:host|secure)-/i
const SPELLED = /^__(?:Host|Secure)-./
const DOMAIN = /^(?=.{1,253}$)[0-9a-z-]+(?:\.[0-9a-z-]+)+$/i
const SAME_SITE = Object.freeze({ lax: 'Lax', strict: 'Strict', none: 'None' })

function refuse(path: string, message: string): never {
  throw new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path })
}

function checkOptions({ name = 'id', domain, sameSite = 'lax', partitioned = false }: CookieOptions, secure: boolean): void {
  if (typeof name !== 'string' || !NAME.test(name) || (PREFIX.test(name) && !SPELLED.test(name)))
    refuse(
      'cookie.name',
      'allowed are 1 to 64 letters, digits and - _ . after the prefix __Host- or __Secure-, spelled like this, or none.',
    )
  if (PREFIX.test(name) && !secure) refuse('cookie.name', 'browsers take a name with a prefix only over https.')
  if (domain !== undefined && (typeof domain !== 'string' || !DOMAIN.test(domain)))
    refuse('cookie.domain', 'allowed is the name of a domain, for example example.com, without a port or a leading dot.')
  if (domain !== undefined && name.startsWith('__Host-'))
    refuse('cookie.name', 'a __Host- cookie belongs to one host; take __Secure- for a domain, or no domain.')
  if (!(sameSite in SAME_SITE)) refuse('cookie.sameSite', 'allowed are lax, strict and none.')
  if (sameSite === 'none' && !secure) refuse('cookie.sameSite', 'browsers take none only of secure cookies.')
  if (partitioned && sameSite !== 'none')
    refuse('cookie.partitioned', 'a partitioned cookie is for embedded pages and takes sameSite none.')
}

/** Reads the options of a cookie. Throws `CONFIG_INVALID` for what browsers would refuse. `secure` is false for plain http on this host only. */
export function sessionCookie(options: CookieOptions, secure: boolean): SessionCookie {
  checkOptions(options, secure)
  const { domain, sameSite = 'lax', partitioned = false } = options
  const prefix = secure ? (domain === undefined ? '__Host-' : '__Secure-') : ''
  const name = options.name ?? `${prefix}id`
  const attributes = [
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    'Path=/',
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    `SameSite=${SAME_SITE[sameSite]}`,
    ...(partitioned ? ['Partitioned'] : []),
  ].join('; ')
  return Object.freeze({
    name,
    clear: `${name}=; ${attributes}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT`,
    set(session: IssuedSession, now: Millis): string {
      if (Buffer.byteLength(name) + Buffer.byteLength(session.token) > MAX_COOKIE_BYTES) {
        const told = `The token is too long for a cookie: browsers drop more than ${MAX_COOKIE_BYTES} bytes. Put less into the token, or use opaque tokens.`
        throw new SessionError('CONFIG_INVALID', told, { path: 'cookie' })
      }
      const line = `${name}=${session.token}; ${attributes}`
      // Without Max-Age the cookie goes with the browser's session, which is what not being remembered means.
      return session.rememberMe ? `${line}; Max-Age=${secondsLeft(session, now)}` : line
    },
  })
}

function secondsLeft({ expiresAt }: IssuedSession, now: Millis): number {
  return Math.min(MAX_COOKIE_SECONDS, Math.max(0, Math.floor((expiresAt.getTime() - now) / 1_000)))
}
