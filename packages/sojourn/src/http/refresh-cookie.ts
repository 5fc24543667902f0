import type { Millis } from '../clock.js'
import { SessionError } from '../errors.js'
import type { IssuedSession } from '../session.js'
import { cookieValue } from './credentials.js'
import type { IncomingRequest } from './incoming.js'

export interface RefreshCookieOptions {
  /** The path below which the cookie is sent, for example `/auth`: serve there what calls `renew()`, and nothing else. */
  readonly path: string
  /** @default '__Secure-id-refresh'; 'id-refresh' with `dev` */
  readonly name?: string
}

/** The cookie of the refresh token, ready for use. */
export interface RefreshCookie {
  readonly name: string
  /** The `Set-Cookie` line for the refresh token of this session; undefined if it has none. */
  set(session: IssuedSession, now: Millis): string | undefined
  readonly clear: string
  /** The token in a request; undefined if there is none, or two that differ. */
  in(incoming: Pick<IncomingRequest, 'header'>): string | undefined
}

/** Browsers keep no cookie longer (RFC 6265bis 5.5): 400 days. */
const MAX_SECONDS = 400 * 86_400
const PATH = /^\/[\w./-]{0,255}$/
const NAME = /^[\w-]{1,64}$/

function refuse(path: string, message: string): never {
  throw new SessionError('CONFIG_INVALID', `${path}: ${message}`, { path })
}

/**
 * A cookie of its own, for one path and never with a request that begins on another site. It cannot bear the prefix `__Host-`,
 * which demands that a cookie goes to every path; `__Secure-` keeps it from being planted over plain http.
 */
export function refreshCookie({ path, name }: RefreshCookieOptions, secure: boolean): RefreshCookie {
  if (typeof path !== 'string' || !PATH.test(path)) refuse('refreshCookie.path', 'allowed is a path, for example /auth.')
  const called = name ?? (secure ? '__Secure-id-refresh' : 'id-refresh')
  if (typeof called !== 'string' || !NAME.test(called) || /^__host-/i.test(called) || (!secure && /^__secure-/i.test(called)))
    refuse(
      'refreshCookie.name',
      'allowed are letters, digits, _ and -; no __Host-, which is for cookies of all paths, and over http no __Secure-.',
    )
  const attributes = [`Path=${path}`, 'HttpOnly', ...(secure ? ['Secure'] : []), 'SameSite=Strict'].join('; ')
  return Object.freeze({
    name: called,
    clear: `${called}=; ${attributes}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT`,
    set({ refreshToken, rememberMe, expiresAt }: IssuedSession, now: Millis): string | undefined {
      if (refreshToken === undefined) return undefined
      const line = `${called}=${refreshToken}; ${attributes}`
      const seconds = Math.min(MAX_SECONDS, Math.max(0, Math.floor((expiresAt.getTime() - now) / 1_000)))
      return rememberMe ? `${line}; Max-Age=${seconds}` : line
    },
    in(incoming: Pick<IncomingRequest, 'header'>): string | undefined {
      const found = cookieValue(incoming.header('cookie'), called)
      return typeof found === 'string' || found.value === '' ? undefined : found.value
    },
  })
}
