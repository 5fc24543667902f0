import type { IncomingRequest } from './incoming.js'

/** A session token and the way it came. */
export interface Presented {
  readonly token: string
  readonly transport: Transport
  /** It came as `Authorization: DPoP`, and is good with a proof only (RFC 9449 7.1). */
  readonly isDpop?: boolean
}

export type Transport = 'cookie' | 'bearer'

/** Where session tokens are looked for. With `cookie` the application may use `Authorization` for something else. */
export type AcceptedTransport = Transport | 'either'

/** `more` when the request carries several, which leaves open who asks. */
export type Found = Presented | 'none' | 'more'

const EQUALS = 61
const SEMICOLON = 59
const SPACE = 32
const TAB = 9

const isBlank = (code: number): boolean => code === SPACE || code === TAB

/** Whether a cookie begins here: nothing but blanks between this place and the semicolon or the begin of the header. */
function beginsPair(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && isBlank(header.charCodeAt(before))) before--
  return before < 0 || header.charCodeAt(before) === SEMICOLON
}

function valueFrom(header: string, start: number): string {
  const semicolon = header.indexOf(';', start)
  let from = start
  let to = semicolon < 0 ? header.length : semicolon
  while (from < to && isBlank(header.charCodeAt(from))) from++
  while (to > from && isBlank(header.charCodeAt(to - 1))) to--
  return header.slice(from, to)
}

/**
 * The value of one cookie; `more` if the name stands there with different values (CVE-2022-46170). The name is compared byte
 * by byte. Other cookies are not parsed; nothing is percent-decoded, unquoted, or taken for `$Version` (CVE-2022-36032,
 * CVE-2020-7070): an encoded `__Host-` name is another name.
 */
export function cookieValue(header: string | undefined, name: string): { readonly value: string } | 'none' | 'more' {
  if (header === undefined) return 'none'
  let found: string | undefined
  for (let at = header.indexOf(name); at >= 0; at = header.indexOf(name, at + name.length)) {
    const end = at + name.length
    if (header.charCodeAt(end) !== EQUALS || !beginsPair(header, at)) continue
    const value = valueFrom(header, end + 1)
    if (found !== undefined && found !== value) return 'more'
    found = value
  }
  return found === undefined ? 'none' : { value: found }
}

/** What follows `Bearer` (RFC 6750 2.1); undefined if the header is absent, empty or of another scheme. Two headers arrive as one with a comma and fit nobody. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const sent = /^bearer(?: +(.*))?$/i.exec(authorization.trim())?.[1]
  return sent === '' ? undefined : sent
}

const DPOP = /^dpop +(.+)$/i

/** The session token of a request, from exactly one place (RFC 6750 2). `dpop`: also as `Authorization: DPoP`. */
export function findCredential(
  incoming: Pick<IncomingRequest, 'header'>,
  cookieName: string,
  accept: AcceptedTransport,
  dpop?: 'dpop',
): Found {
  const authorization = accept === 'cookie' ? undefined : incoming.header('authorization')
  const proved = dpop === undefined ? undefined : DPOP.exec(authorization?.trim() ?? '')?.[1]
  const bearer = proved ?? bearerToken(authorization)
  const cookie = accept === 'bearer' ? 'none' : cookieValue(incoming.header('cookie'), cookieName)
  if (cookie === 'more') return 'more'
  if (bearer === undefined) return cookie === 'none' ? 'none' : { token: cookie.value, transport: 'cookie' }
  return cookie === 'none' ? { token: bearer, transport: 'bearer', ...(proved === undefined ? {} : { isDpop: true }) } : 'more'
}

/** Names that say outright that a token is meant (RFC 6750 2.3). */
const NAMES = ['access_token', 'session_token']
/**
 * The form of an opaque token: 82 characters with capitals, small letters and digits among them, a bucket in front, and at the
 * 25th the first digit of a generation below 4096. Titles in addresses, which can be as long, do not look like that.
 */
const OPAQUE = /(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[a-z2-7]{2}[\w-]{22}A[\w-]{57}(?![\w-])/
const OPAQUE_LENGTH = 82

/** Whether it is worth parsing the query: nearly all addresses are short and hold none of the names, in whatever spelling. */
function mayName(url: string, names: readonly string[]): boolean {
  return url.includes('%') || NAMES.some((name) => url.includes(name)) || names.some((name) => url.includes(name))
}

/**
 * Where an address holds a session token: the name of the parameter, or `path`; undefined if nowhere. Addresses stand in
 * logs, histories and `Referer` headers, so a token there must be taken for known to others, whatever name it has.
 */
export function credentialInAddress(url: string, names: readonly string[]): string | undefined {
  const question = url.indexOf('?')
  if (url.length < OPAQUE_LENGTH && (question < 0 || !mayName(url, names))) return undefined
  if (question < 0) return OPAQUE.test(url) ? 'path' : undefined
  if (OPAQUE.test(url.slice(0, question))) return 'path'
  for (const [name, value] of new URLSearchParams(url.slice(question + 1))) {
    if (NAMES.includes(name) || names.includes(name)) return name
    // A name may itself be the token; it is not repeated.
    if (OPAQUE.test(name)) return 'query'
    if (OPAQUE.test(value)) return name
  }
  return undefined
}
