import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { CookieSecret } from '../crypto/cookie-signature.js'
import type { Callback } from './answered.js'
import type { CallbackStore } from './callback-store.js'
import type { Cookie, CookieOptions } from './cookie.js'
import type { Session } from './session.js'

/**
 * What the application keeps in a session: add your own keys.
 *
 * @example
 * declare module 'sojourn/express-session' {
 *   interface SessionData { views?: number }
 * }
 */
export interface SessionData {
  cookie: Cookie
}

/** What the middleware puts on a request. */
export interface RequestSession {
  session: Session & Partial<SessionData>
  sessionID: string
  sessionStore: Store
}

/** A request, as far as this middleware looks at one. Express adds `secure`, `ip` and `originalUrl`. */
export interface SessionRequest extends Partial<Pick<IncomingMessage, 'headers' | 'url' | 'socket'>> {
  session?: (Session & Partial<SessionData>) | null | undefined
  sessionID?: string | undefined
  sessionStore?: Store | undefined
  readonly originalUrl?: string | undefined
  readonly secure?: boolean | undefined
  readonly ip?: string | undefined
  /** Left by cookie-parser. */
  readonly secret?: CookieSecret | undefined
  readonly signedCookies?: Readonly<Record<string, unknown>> | undefined
  readonly cookies?: Readonly<Record<string, unknown>> | undefined
}

/** A store of express-session, as applications see it in `req.sessionStore`. */
export interface Store extends EventEmitter, CallbackStore {
  /** Ends the session of this request and gives it an empty one with a new id. */
  regenerate(request: SessionRequest, callback: Callback): void
  /** The session with this id, outside of a request. */
  load(id: string, callback: (error?: unknown, session?: Session) => void): void
  /** Makes `req.session` of what was stored. */
  createSession(request: SessionRequest, session: object): Session
  /** Makes an empty session for this request. Set by the middleware. */
  generate(request: SessionRequest): void
  all?(callback: (error: unknown, sessions?: unknown) => void): unknown
  length?(callback: (error: unknown, length?: number) => void): unknown
  clear?(callback?: Callback): unknown
}

/** The options of express-session, with the same meaning and the same defaults. */
export interface MiddlewareOptions {
  /** Signs the cookie. Of several, the first signs and all are accepted. @default `req.secret`, which cookie-parser sets */
  readonly secret?: CookieSecret | readonly CookieSecret[] | undefined
  /** Name of the cookie. @default 'connect.sid' */
  readonly name?: string | undefined
  /** The old name of `name`. */
  readonly key?: string | undefined
  readonly cookie?: CookieOptions | ((request: never) => CookieOptions) | undefined
  /** Makes session ids: unpredictable ones. @default 256 random bits */
  readonly genid?: ((request: never) => string) | undefined
  /** Sends the cookie with every response, so that its time begins anew. @default false */
  readonly rolling?: boolean | undefined
  /** Stores sessions that were not changed as well. @default true */
  readonly resave?: boolean | undefined
  /** Stores new sessions that nothing was put into. @default true */
  readonly saveUninitialized?: boolean | undefined
  /** Whether `req.session = null` ends the session. @default 'keep' */
  readonly unset?: 'keep' | 'destroy' | undefined
  /** Whether `X-Forwarded-Proto` is believed; undefined asks Express (`trust proxy`). */
  readonly proxy?: boolean | undefined
}
