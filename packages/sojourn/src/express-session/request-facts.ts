import { type CookieSecret, unsignCookie } from '../crypto/cookie-signature.js'
import type { SessionContext } from '../session.js'
import { cookieIn } from './cookie-line.js'
import type { SessionRequest } from './types.js'

const SIGNED = 's:'

const unsigned = (value: unknown, secrets: readonly CookieSecret[]): string | undefined =>
  typeof value === 'string' && value.startsWith(SIGNED) ? unsignCookie(value.slice(SIGNED.length), secrets) : undefined

/** The session id in the cookie, if one of the secrets signed it. What cookie-parser has read counts where the header says nothing. */
export function idIn(request: SessionRequest, name: string, secrets: readonly CookieSecret[]): string | undefined {
  const ofHeader = unsigned(cookieIn(request.headers?.cookie, name), secrets)
  if (ofHeader !== undefined) return ofHeader
  const parsed = request.signedCookies?.[name]
  if (typeof parsed === 'string' && parsed !== '') return parsed
  return unsigned(request.cookies?.[name], secrets)
}

/** Whether the request came over https. `proxy` undefined asks Express, which knows which proxies are trusted. */
export function isSecure(request: SessionRequest, proxy: boolean | undefined): boolean {
  const { socket } = request
  if (socket !== undefined && socket !== null && 'encrypted' in socket && socket.encrypted === true) return true
  if (proxy === undefined) return request.secure === true
  if (!proxy) return false
  const header = request.headers?.['x-forwarded-proto']
  const first = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',')[0]
  return first?.trim().toLowerCase() === 'https'
}

/** The path that was asked for, before a router cut it. */
export function pathOf(request: SessionRequest): string {
  const asked = request.originalUrl ?? request.url ?? ''
  const path = asked.startsWith('/') || !URL.canParse(asked) ? asked.replace(/[?#].*$/s, '') : new URL(asked).pathname
  return path === '' ? '/' : path
}

/** Who presents a session, as far as the request tells. */
export function contextOf(request: SessionRequest | undefined): SessionContext {
  const ipAddress = request?.ip ?? request?.socket?.remoteAddress
  const userAgent = request?.headers?.['user-agent']
  return { ...(ipAddress === undefined ? {} : { ipAddress }), ...(userAgent === undefined ? {} : { userAgent }) }
}
