import { type Clock, systemClock } from '../clock.js'
import type { DeviceBound } from '../device.js'
import { SessionError } from '../errors.js'
import { type Logger, silentLogger } from '../events/log.js'
import type { Sessions } from '../sessions.js'
import { type Connections, connections } from './connections.js'
import { type CookieOptions, type SessionCookie, sessionCookie } from './cookies.js'
import type { AcceptedTransport } from './credentials.js'
import type { CsrfExemption } from './csrf.js'
import { type CsrfTokens, csrfTokens } from './csrf-token.js'
import { type Proxies, proxiesOf } from './forwarded.js'
import { type OldCookies, oldCookies } from './old-cookies.js'
import { type RefreshCookie, type RefreshCookieOptions, refreshCookie } from './refresh-cookie.js'

export interface CsrfOptions {
  /** `log-only` lets everything through and reports what would have been refused, for the time of a roll-out. @default 'enforce' */
  readonly mode?: 'enforce' | 'log-only'
  /** Further origins whose pages may call with the cookie, for example `https://app.example.com`. @default none */
  readonly allowedOrigins?: readonly string[]
  /**
   * Secrets of at least 32 characters for the tokens in forms: the first makes them, the others are still accepted. All
   * processes that serve one site need the same ones. @default a secret of this process
   */
  readonly secrets?: readonly string[]
  /** Made by `dangerouslyLetOtherSitesSendRequestsTo`. @default nothing is exempt */
  readonly exempt?: CsrfExemption
}

/** A request that was refused, or would have been, and that no honest client sends. It carries nothing that the request carried. */
export interface Suspicion {
  readonly kind: 'csrf' | 'token-in-address' | 'more-than-one-token'
  /** False where `log-only` let it through. */
  readonly refused: boolean
}

export interface SojournOptions {
  /** What `createSessionManager` or `createSessionClient` returned. */
  readonly sessions: Sessions
  readonly cookie?: CookieOptions
  /** Where session tokens are looked for: `cookie`, `bearer` (RFC 6750) or `either`. @default 'either' */
  readonly accept?: AcceptedTransport
  readonly csrf?: CsrfOptions
  /**
   * Names of cookies of older libraries, whose sessions `legacy` of `createSessionManager` takes over: `['connect.sid']`. One is
   * looked at where there is no cookie of ours, and taken back together with the answer that sets or clears ours. @default none
   */
  readonly legacyCookies?: readonly string[]
  /** The origin under which browsers reach the application. @default the one that a request names */
  readonly publicUrl?: string
  /** Addresses and ranges of the proxies in front, whose headers are believed: `['10.0.0.0/8']`. @default none */
  readonly trustProxy?: readonly string[]
  /** Which header these proxies write; the other one is never looked at, since a client may have sent it. @default 'x-forwarded' */
  readonly forwardedHeader?: 'x-forwarded' | 'forwarded'
  /**
   * Where the platform tells the address of the other end of the connection, if it has no sockets: `(header) => header('x-real-ip')`.
   * Only a header that the platform itself always writes may be named. @default unknown there
   */
  readonly remoteAddress?: (header: (name: string) => string | undefined) => string | undefined
  /** Plain http, for development on this machine: the cookie loses `Secure` and its prefix. Only requests to this host are answered. @default false */
  readonly dev?: boolean
  /** What a logout tells the browser to forget (`Clear-Site-Data`). `cookies` takes those of all sibling hosts with it. @default nothing */
  readonly clearSiteData?: ReadonlyArray<'cache' | 'cookies' | 'storage'>
  /** Told of each suspicious request, to count them. */
  readonly onSuspicion?: (suspicion: Suspicion) => void
  /**
   * Where the sessions give refresh tokens: a cookie of its own for that one, which goes to one path only, and which `renew()`
   * takes there. @default none: refresh tokens are given to bearer clients only
   */
  readonly refreshCookie?: RefreshCookieOptions
  /**
   * What `deviceBound` of the session manager is: binds the sessions of browsers that can, answers what these call by themselves
   * below `deviceBound.path`, and reads their short cookie. @default none
   */
  readonly deviceBound?: DeviceBound
  /**
   * Takes tokens that are bound to a key as `Authorization: DPoP` with a proof in `DPoP`. Give what `dpopNonce` of the session
   * manager is, or true where that is not at hand; proofs are made over `publicUrl`. @default false
   */
  readonly dpop?: boolean | (() => string)
  /** @default silent */
  readonly logger?: Logger
  /** @default the clock of this machine */
  readonly clock?: Clock
}

/** Options resolved and checked. */
export interface HttpSettings {
  readonly sessions: Sessions
  readonly cookie: SessionCookie
  readonly accept: AcceptedTransport
  readonly oldCookies: OldCookies
  readonly csrf: {
    readonly enforced: boolean
    readonly allowedOrigins: readonly string[]
    readonly tokens: CsrfTokens
    readonly exempt?: CsrfExemption
  }
  readonly publicOrigin?: string
  readonly proxies: Proxies
  readonly remoteAddress?: NonNullable<SojournOptions['remoteAddress']>
  readonly dev: boolean
  readonly clearSiteData?: string
  readonly refreshCookie?: RefreshCookie
  readonly deviceBound?: DeviceBound
  readonly takesDpop: boolean
  readonly dpopNonce?: () => string
  /** Request headers that decide who asks. */
  readonly vary: readonly string[]
  readonly connections: Connections
  readonly onSuspicion: (suspicion: Suspicion) => void
  readonly logger: Logger
  readonly clock: Clock
}

const KNOWN: readonly string[] = [
  ...['sessions', 'cookie', 'accept', 'csrf', 'publicUrl', 'trustProxy', 'forwardedHeader', 'remoteAddress', 'dev'],
  ...['clearSiteData', 'legacyCookies', 'onSuspicion', 'refreshCookie', 'deviceBound', 'dpop', 'logger', 'clock'],
]
/** As long as 32 random bytes in hexadecimal halves; shorter ones can be guessed. */
const MIN_SECRET = 32

function refuse(path: string, allowed: string): never {
  throw new SessionError('CONFIG_INVALID', `${path}: ${allowed}`, { path })
}

/** The origin in a text that is nothing but one. */
function originIn(path: string, text: unknown): string {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  // A star is a letter to the parser, and would match nothing.
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/` || url.hostname.includes('*'))
    refuse(path, 'allowed is an origin, for example https://example.com.')
  return url.origin
}

/** Whether nobody but this host can be at this address. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host) || /^(?:.+\.)?localhost$/.test(host)
}

function checkDev(dev: boolean, publicOrigin: string | undefined, logger: Logger): void {
  if (!dev) {
    if (publicOrigin?.startsWith('http:') === true) refuse('publicUrl', 'allowed is https; http only with dev: true, on this host.')
    return
  }
  if (process.env['NODE_ENV'] === 'production')
    refuse('dev', 'it is for development only, and NODE_ENV is production: anybody on the way could take the cookie.')
  if (publicOrigin !== undefined && !isLoopback(new URL(publicOrigin).hostname))
    refuse('dev', 'it is for this host only, and publicUrl is not.')
  logger.warn({}, 'dev: the session cookie is sent without encryption. Never run like this where others can reach it.')
}

function csrfOf(options: CsrfOptions = {}): HttpSettings['csrf'] {
  const { mode = 'enforce', allowedOrigins = [], secrets = [], exempt } = options
  if (mode !== 'enforce' && mode !== 'log-only') refuse('csrf.mode', 'allowed are enforce and log-only.')
  if (!secrets.every((secret) => typeof secret === 'string' && secret.length >= MIN_SECRET))
    refuse('csrf.secrets', `each must have at least ${MIN_SECRET} characters.`)
  return {
    enforced: mode === 'enforce',
    allowedOrigins: allowedOrigins.map((origin) => originIn('csrf.allowedOrigins', origin)),
    tokens: csrfTokens(secrets),
    ...(exempt === undefined ? {} : { exempt }),
  }
}

/** Tells the listener, whose failure is no reason to answer a request otherwise. */
function reporting(listener: SojournOptions['onSuspicion'], logger: Logger): HttpSettings['onSuspicion'] {
  return (suspicion) => {
    try {
      listener?.(suspicion)
    } catch (error) {
      logger.error({ error: String(error) }, 'onSuspicion failed')
    }
  }
}

/** What is there beside the one cookie. */
function beside(
  { refreshCookie: refresh, deviceBound, dpop = false }: SojournOptions,
  dev: boolean,
): Pick<HttpSettings, 'refreshCookie' | 'deviceBound' | 'takesDpop' | 'dpopNonce'> {
  if (deviceBound !== undefined && typeof deviceBound?.register !== 'function')
    refuse('deviceBound', 'give deviceBound of the session manager, which is there once it is enabled.')
  if (typeof dpop !== 'boolean' && typeof dpop !== 'function')
    refuse('dpop', 'allowed are true, false and dpopNonce of the session manager.')
  return {
    ...(refresh === undefined ? {} : { refreshCookie: refreshCookie(refresh, !dev) }),
    ...(deviceBound === undefined ? {} : { deviceBound }),
    takesDpop: dpop !== false,
    ...(typeof dpop === 'function' ? { dpopNonce: dpop } : {}),
  }
}

const VARY = Object.freeze({ cookie: ['Cookie'], bearer: ['Authorization'], either: ['Cookie', 'Authorization'] })

/** Checks the options. Throws `CONFIG_INVALID` with the path of the first one that is wrong. */
export function httpSettings(options: SojournOptions): HttpSettings {
  const { sessions, accept = 'either', dev = false, logger = silentLogger, clearSiteData = [] } = options
  const unknown = Object.keys(options).find((key) => !KNOWN.includes(key))
  if (unknown !== undefined) refuse(unknown.slice(0, 64), `there is no such option; known are ${KNOWN.join(', ')}.`)
  if (typeof sessions?.validateSession !== 'function')
    refuse('sessions', 'give what createSessionManager or createSessionClient returned (awaited).')
  if (!(accept in VARY)) refuse('accept', 'allowed are cookie, bearer and either.')
  const publicOrigin = options.publicUrl === undefined ? undefined : originIn('publicUrl', options.publicUrl)
  checkDev(dev, publicOrigin, logger)
  const cookie = sessionCookie(options.cookie ?? {}, !dev)
  if (accept === 'bearer' && options.legacyCookies !== undefined) refuse('legacyCookies', 'with accept: bearer no cookie is looked at.')
  return Object.freeze({
    sessions,
    cookie,
    accept,
    oldCookies: oldCookies(options.legacyCookies ?? [], cookie.name),
    csrf: csrfOf(options.csrf),
    ...(publicOrigin === undefined ? {} : { publicOrigin }),
    proxies: proxiesOf(options.trustProxy ?? [], options.forwardedHeader ?? 'x-forwarded'),
    ...(options.remoteAddress === undefined ? {} : { remoteAddress: options.remoteAddress }),
    dev,
    ...(clearSiteData.length === 0 ? {} : { clearSiteData: clearSiteData.map((kind) => `"${kind}"`).join(', ') }),
    ...beside(options, dev),
    vary: VARY[accept],
    connections: connections(),
    onSuspicion: reporting(options.onSuspicion, logger),
    logger,
    clock: options.clock ?? systemClock,
  })
}
