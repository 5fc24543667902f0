import type { CallbackStore } from './callback-store.js'
import { Cookie } from './cookie.js'
import { MemoryStore } from './memory-store.js'
import { middleware, type SessionMiddleware } from './middleware.js'
import { Session } from './session.js'
import { sojournStore } from './sojourn-store.js'
import { BaseStore } from './store-base.js'
import type { SojournStoreOptions } from './store-options.js'
import type { MiddlewareOptions, Store } from './types.js'

export type { Callback } from './answered.js'
export type { CallbackStore, StoredSession } from './callback-store.js'
export type { CookieData, CookieOptions } from './cookie.js'
export type { SessionMiddleware } from './middleware.js'
export type { Session } from './session.js'
export type { SojournStore } from './sojourn-store.js'
export type { SojournStoreOptions } from './store-options.js'
export type { MiddlewareOptions, RequestSession, SessionData, SessionRequest, Store } from './types.js'
export type { UserOf } from './user-sessions.js'

/** Options of express-session, and where Sojourn keeps the sessions. */
export interface SessionOptions extends MiddlewareOptions, SojournStoreOptions {
  /** A store of express-session, of any make. What Sojourn's own promise does not hold there: see `docs/migrate/express-session.md`. @default `sojournStore` with the options here */
  readonly store?: CallbackStore | undefined
}

/** What this subpath exports: the function, with the constructors of the original as its properties. */
export interface SessionFunction {
  /** The middleware. Throws a TypeError for options that cannot be meant. */
  (options?: SessionOptions): SessionMiddleware
  readonly Session: typeof Session
  readonly Store: typeof BaseStore
  readonly MemoryStore: typeof MemoryStore
  readonly Cookie: typeof Cookie
  readonly sojournStore: typeof sojournStore
}

/** Options of the store, which a store that is given does not read. */
const OF_THE_STORE = [
  'storage',
  'sessions',
  'userOf',
  'takeOver',
  'idleTimeout',
  'absoluteTimeout',
  'touchInterval',
  'cache',
  'cleanupInterval',
] as const

function begin(options: SessionOptions = {}): SessionMiddleware {
  if (options.store === undefined || options.store === null) {
    if (options.storage === undefined && process.env['NODE_ENV'] === 'production')
      process.emitWarning('Sessions are kept in memory: they are gone with this process, and seen by no other. Give `storage`.')
    return middleware(options, sojournStore(options))
  }
  const stray = OF_THE_STORE.find((name) => options[name] !== undefined)
  if (stray !== undefined)
    throw new TypeError(`${stray} belongs to Sojourn's store; leave out store, or give store: sojournStore({ ${stray} })`)
  return middleware(options, options.store as Store)
}

/**
 * In the place of express-session: same options, same `req.session`, same signed cookie. `require` gives the function, too.
 *
 * What differs: a session that was destroyed stays destroyed, requests that run at the same time do not lose each other's
 * keys, ids are hashed at rest, and verbs without a callback answer a promise.
 *
 * TypeScript: keep `@types/express-session`, or declare `req.session` and your own keys:
 *
 * @example
 * import session, { type RequestSession } from 'sojourn/express-session'
 * declare global { namespace Express { interface Request extends RequestSession {} } }
 * declare module 'sojourn/express-session' { interface SessionData { views?: number } }
 *
 * app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: false }))
 */
const session: SessionFunction = Object.assign(begin, { Session, Store: BaseStore, MemoryStore, Cookie, sojournStore })

export default session
