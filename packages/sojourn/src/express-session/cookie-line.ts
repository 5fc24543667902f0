import type { CookieData } from './cookie.js'

// RFC 6265bis 4.1.1, as far as browsers hold to it.
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const DOMAIN = /^\.?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i
const PATH = /^[\x20-\x3A\x3C-\x7E]*$/
const SAME_SITE: Readonly<Record<string, string>> = Object.freeze({ lax: 'Lax', strict: 'Strict', none: 'None' })
const PRIORITY: Readonly<Record<string, string>> = Object.freeze({ low: 'Low', medium: 'Medium', high: 'High' })

function checked(what: string, isRight: boolean): void {
  if (!isRight) throw new TypeError(`${what} of the session cookie is invalid`)
}

function wordOf(option: string, words: Readonly<Record<string, string>>, value: unknown): string {
  const word = typeof value === 'string' ? words[value.toLowerCase()] : undefined
  if (word === undefined) throw new TypeError(`option ${option} of the session cookie is invalid`)
  return word
}

/** The `Set-Cookie` line of a cookie. Throws a TypeError for what would tear the line apart. */
export function serializeCookie(name: string, value: string, data: CookieData): string {
  const { domain, path, expires, httpOnly, secure, partitioned, priority, sameSite } = data
  checked('the name', NAME.test(name))
  const parts = [`${name}=${encodeURIComponent(value)}`]
  if (domain) {
    checked('option domain', DOMAIN.test(domain))
    parts.push(`Domain=${domain}`)
  }
  if (path) {
    checked('option path', PATH.test(path))
    parts.push(`Path=${path}`)
  }
  if (expires) {
    checked('option expires', expires instanceof Date && !Number.isNaN(expires.getTime()))
    parts.push(`Expires=${expires.toUTCString()}`)
  }
  if (httpOnly) parts.push('HttpOnly')
  if (secure) parts.push('Secure')
  if (partitioned) parts.push('Partitioned')
  if (priority) parts.push(`Priority=${wordOf('priority', PRIORITY, priority)}`)
  if (sameSite) parts.push(`SameSite=${sameSite === true ? 'Strict' : wordOf('sameSite', SAME_SITE, sameSite)}`)
  return parts.join('; ')
}

function decoded(value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch (fault) {
    if (fault instanceof URIError) return value
    throw fault
  }
}

/** The value of the first cookie with this name in a `Cookie` header. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined
  for (let from = 0, to = 0; from < header.length; from = to + 1) {
    const semicolon = header.indexOf(';', from)
    to = semicolon < 0 ? header.length : semicolon
    // Most are other ones, which are not cut out.
    const at = header.indexOf(name, from)
    if (at < 0) return undefined
    if (at >= to) continue
    const equals = header.indexOf('=', from)
    if (equals < 0 || equals >= to || header.slice(from, equals).trim() !== name) continue
    const value = header.slice(equals + 1, to).trim()
    return decoded(value.startsWith('"') ? value.slice(1, -1) : value)
  }
  return undefined
}
