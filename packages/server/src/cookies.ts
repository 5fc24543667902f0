import type { Context } from 'hono'
import type { Session } from 'sojourn'
import { MAX_COOKIE_SECONDS } from './limits.js'
import type { CookieSettings } from './settings.js'

/**
 * The values under which a cookie stands in a `Cookie` header. Names are compared byte by byte; nothing is percent-decoded,
 * unquoted or taken for `$Version` (CVE-2022-36032, CVE-2020-7070): an encoded `__Host-` name is another name.
 */
export function cookieValues(header: string | undefined, name: string): readonly string[] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
}

/** Gives the client its token as a cookie. Lasting only if the person asked to be remembered, and then no longer than the session. */
export function setSessionCookie(c: Context, cookie: CookieSettings, session: Session & { readonly token: string }, now: number): void {
  const seconds = Math.min(MAX_COOKIE_SECONDS, Math.max(0, Math.floor((session.expiresAt.getTime() - now) / 1_000)))
  append(c, cookie, session.token, session.rememberMe ? [`Max-Age=${seconds}`] : [])
}

/** Takes the cookie back, with the attributes it was set with: else some browsers keep it. */
export function clearSessionCookie(c: Context, cookie: CookieSettings): void {
  append(c, cookie, '', ['Max-Age=0', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'])
}

function append(c: Context, { name, secure, sameSite }: CookieSettings, value: string, life: readonly string[]): void {
  const attributes = ['Path=/', 'HttpOnly', ...(secure ? ['Secure'] : []), `SameSite=${sameSite}`, ...life]
  c.header('Set-Cookie', [`${name}=${value}`, ...attributes].join('; '), { append: true })
}
