import { isSessionError, type SessionError } from '../errors.js'
import type { IssuedSession, Session, SessionContext } from '../session.js'
import { writeCacheHeaders } from './cache.js'
import type { Connection } from './connections.js'
import type { Presented, Transport } from './credentials.js'
import { type Caller, callerOf } from './forwarded.js'
import type { Head, IncomingRequest } from './incoming.js'
import { type HttpSettings, isLoopback } from './options.js'

/** What is known about one request while it is answered. It belongs to that request alone and is never shared or kept. */
export interface Visit {
  readonly http: HttpSettings
  readonly incoming: IncomingRequest
  /** The token under which the session stands now, and the way it came. */
  presented: Presented | undefined
  session: Session | undefined
  /** In the place of `session`, where the login is not complete or nobody has logged in. */
  partial: Session | undefined
  /** Why what was presented opens no session. */
  refusal: SessionError | undefined
  /** Whether anything in the answer can depend on who is logged in. */
  wasRead: boolean
  /** Whether the page that sent this request was found to be ours. */
  isOwnPage: boolean
  /** The one line that the session cookie comes to at the end. */
  setCookie: string | undefined
  /** The same for the cookie of the refresh token. */
  setRefreshCookie: string | undefined
  /** Asks the browser to bind the session that it is just given. */
  registration: { readonly name: string; readonly value: string } | undefined
  /** Whether what was presented is the cookie of an older library. */
  isOld: boolean
  /** Whether the cookie of an older library has been used up. */
  clearsOld: boolean
  clearsSite: boolean
  caller: Caller | undefined
}

export function visitOf(http: HttpSettings, incoming: IncomingRequest): Visit {
  return {
    http,
    incoming,
    presented: undefined,
    session: undefined,
    partial: undefined,
    refusal: undefined,
    wasRead: false,
    isOwnPage: false,
    setCookie: undefined,
    setRefreshCookie: undefined,
    registration: undefined,
    isOld: false,
    clearsOld: false,
    clearsSite: false,
    caller: undefined,
  }
}

/** The address of the other end of the connection, or the one that the platform tells where there is no socket. */
function remoteAddressOf({ http, incoming }: Visit): string | undefined {
  return incoming.remoteAddress ?? http.remoteAddress?.((name) => incoming.header(name))
}

/** The connection, if it alone tells where its requests come from. */
function connectionOf({ http, incoming }: Visit): Connection | undefined {
  return incoming.connection === undefined || http.proxies.any ? undefined : http.connections.of(incoming.connection)
}

function findCaller(visit: Visit): Caller {
  const { http, incoming } = visit
  const connection = connectionOf(visit)
  if (connection === undefined) return callerOf(incoming, http.proxies, remoteAddressOf(visit))
  const host = incoming.header('host')
  if (connection.caller === undefined || connection.host !== host) {
    connection.host = host
    connection.caller = callerOf(incoming, http.proxies, remoteAddressOf(visit))
  }
  return connection.caller
}

export function callerOfVisit(visit: Visit): Caller {
  visit.caller ??= findCaller(visit)
  return visit.caller
}

/** What browsers send as `User-Agent`. Anything else is left out: it must not decide whether somebody is logged in. */
const AGENT = /^[ !#-_a-~]{1,1024}$/

function contextWith(ipAddress: string | undefined, userAgent: string | undefined): SessionContext {
  const context: { -readonly [Part in keyof SessionContext]: SessionContext[Part] } = {}
  if (ipAddress !== undefined) context.ipAddress = ipAddress
  if (userAgent !== undefined && AGENT.test(userAgent)) context.userAgent = userAgent
  return Object.freeze(context)
}

/** Where the request comes from, in the words of the library. */
export function contextOf(visit: Visit): SessionContext {
  const { address } = callerOfVisit(visit)
  const agent = visit.incoming.header('user-agent')
  const connection = connectionOf(visit)
  if (connection === undefined) return contextWith(address, agent)
  if (connection.context === undefined || connection.agent !== agent || connection.context.ipAddress !== address) {
    connection.agent = agent
    connection.context = contextWith(address, agent)
  }
  return connection.context
}

const warned = new WeakSet<HttpSettings>()

/** Browsers drop a secure cookie that comes without encryption, and say nothing. The one hint of it is here. */
function warnOfPlainHttp(visit: Visit): void {
  const { http } = visit
  const { scheme, host = '' } = callerOfVisit(visit)
  if (http.dev || http.publicOrigin !== undefined || scheme === 'https' || isLoopback(host.replace(/:\d+$/, '')) || warned.has(http)) return
  warned.add(http)
  const told =
    'a session cookie was set over plain http, where browsers drop it: serve https; behind a proxy that does, name it in trustProxy or give publicUrl'
  http.logger.warn({}, told)
}

const warnedOfRefresh = new WeakSet<HttpSettings>()

function warnOfLostRefreshToken({ http }: Visit): void {
  if (warnedOfRefresh.has(http)) return
  warnedOfRefresh.add(http)
  http.logger.warn(
    {},
    'the sessions give refresh tokens, and there is no cookie for them: sessions end with their first access token. Set refreshCookie.',
  )
}

/** Makes this the session of the request: as such where it is a whole one of a user. */
export function place(visit: Visit, session: Session): void {
  const isWhole = session.kind === 'user'
  visit.refusal = undefined
  visit.session = isWhole ? session : undefined
  visit.partial = isWhole ? undefined : session
}

/** Takes the cookies back. */
export function clearCookies(visit: Visit): void {
  visit.setCookie = visit.http.cookie.clear
  if (visit.http.refreshCookie !== undefined) visit.setRefreshCookie = visit.http.refreshCookie.clear
}

/** A session as it may be shown to the client: with its token only for one that has no cookie. */
export type HandedSession = Session & { readonly token?: string }

/** Gives the client its new token, in one way and never in two (ASVS 3.3.4). */
export function hand(visit: Visit, issued: IssuedSession, transport: Transport): HandedSession {
  // A refresh token, where the sessions make them, is a secret like the token and goes the same way or none.
  const { token, refreshToken, ...session } = issued
  if (transport === 'cookie') {
    const { cookie, refreshCookie, clock } = visit.http
    visit.setCookie = cookie.set(issued, clock.now())
    const line = refreshCookie?.set(issued, clock.now())
    if (line !== undefined) visit.setRefreshCookie = line
    else if (refreshToken !== undefined) warnOfLostRefreshToken(visit)
    warnOfPlainHttp(visit)
  }
  visit.presented = { token, transport, ...(visit.presented?.isDpop === true ? { isDpop: true } : {}) }
  place(visit, session)
  return transport === 'cookie' ? session : issued
}

/**
 * Whether a refusal proves that this token will never be accepted again. An outage proves nothing; a session that can still
 * be renewed, or that is refused here but good elsewhere, is not over.
 */
export function isDead(error: unknown): boolean {
  if (!isSessionError(error)) return false
  switch (error.code) {
    case 'TOKEN_MALFORMED':
    case 'TOKEN_INVALID':
    case 'SESSION_NOT_FOUND':
    case 'SESSION_REVOKED':
    case 'TOKEN_REUSED':
      return true
    case 'SESSION_EXPIRED':
      return error.renewable !== true
    default:
      return false
  }
}

/** Notes why a token was refused, and takes the cookie back if it will never be good again. */
export function noteRefusal(visit: Visit, error: SessionError): void {
  visit.session = undefined
  visit.partial = undefined
  visit.refusal = error
  if (visit.presented?.transport === 'cookie' && isDead(error)) clearCookies(visit)
}

/**
 * Notes that the cookie of an older library opens nothing. It is no token of ours, so nothing can be renewed or ended with it. One
 * with which nobody is logged in may hold something else, and is left to the older library.
 */
export function noteOldRefusal(visit: Visit, error: SessionError): void {
  visit.presented = undefined
  if (error.code === 'TOKEN_MALFORMED' || error.code === 'TOKEN_INVALID' || error.code === 'RATE_LIMITED') return
  visit.refusal = error
  visit.clearsOld = isDead(error)
}

const NONE: readonly string[] = Object.freeze([])

/** Writes what this visit adds to the answer. Called once, at the last moment at which the head can be changed. */
export function writeHead(visit: Visit, head: Head): void {
  const { http, incoming, setCookie, setRefreshCookie, registration, wasRead, clearsSite } = visit
  if (setCookie !== undefined) head.append('Set-Cookie', setCookie)
  if (setRefreshCookie !== undefined) head.append('Set-Cookie', setRefreshCookie)
  const clears = setCookie !== undefined || visit.clearsOld ? http.oldCookies.clearing(incoming) : NONE
  for (const line of clears) head.append('Set-Cookie', line)
  if (registration !== undefined) head.set(registration.name, registration.value)
  if (visit.presented?.isDpop === true && http.dpopNonce !== undefined) head.set('DPoP-Nonce', http.dpopNonce())
  if (clearsSite && http.clearSiteData !== undefined) head.set('Clear-Site-Data', http.clearSiteData)
  writeCacheHeaders(head, { setsCookie: setCookie !== undefined || clears.length > 0, readSession: wasRead, vary: http.vary })
}
