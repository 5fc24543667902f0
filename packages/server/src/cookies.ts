import type { Context } from 'hono'
import type { IssuedSession } from 'sojourn'
import type { Service } from './call.js'

/** Gives the client its token as a cookie. */
export function setSessionCookie({ cookie, clock }: Service, c: Context, session: IssuedSession): void {
  c.header('Set-Cookie', cookie.set(session, clock.now()), { append: true })
}

/** Takes the cookie back. */
export function clearSessionCookie({ cookie }: Service, c: Context): void {
  c.header('Set-Cookie', cookie.clear, { append: true })
}
