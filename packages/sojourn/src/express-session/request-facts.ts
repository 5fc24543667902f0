import type { SessionContext } from '../session.js'
import { cookieIn } from './cookie-line.js'
import type { SessionRequest } from './types.js'

const SIGNED = 's:'

type Read = (signed: string) => string | undefined

const unsigned = (value: unknown, read: Read): string | undefined =>
  typeof value === 'string' && value.startsWith(SIGNED) ? read(value.slice(SIGNED.length)) : undefined

/** The session id in the cookie, if `read` finds it signed. What cookie-parser has read counts where the header says nothing. */
export function idIn(request: SessionRequest, name: string, read: Read): string | undefined {
  const ofHeader = unsigned(cookieIn(request.headers?.cookie, name), read)
  if (ofHeader !== undefined) return ofHeader
  const parsed = request.signedCookies?.[name]
  if (typeof parsed === 'string' && parsed !== '') return parsed
  return unsigned(request.cookies?.[name], read)
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

/** Whether the path that was asked for, before a router cut it, is one of those that a cookie is for. */
export function isInside(request: SessionRequest, cookiePath: string): boolean {
  const asked = request.originalUrl ?? request.url ?? ''
  if (cookiePath === '/' && asked.startsWith('/')) return true
  return pathOf(asked).startsWith(cookiePath)
}

function pathOf(asked: string): string {
  const path = asked.startsWith('/') || !URL.canParse(asked) ? asked.replace(/[?#].*$/s, '') : new URL(asked).pathname
  return path === '' ? '/' : path
}

/** Who presents a session, as far as the request tells. */
export function contextOf(request: SessionRequest | undefined): SessionContext {
  const ipAddress = request?.ip ?? request?.socket?.remoteAddress
  const userAgent = request?.headers?.['user-agent']
  return { ...(ipAddress === undefined ? {} : { ipAddress }), ...(userAgent === undefined ? {} : { userAgent }) }
}
