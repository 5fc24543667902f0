import { EventEmitter } from 'node:events'
import type { Callback } from './answered.js'
import { Cookie, type CookieOptions } from './cookie.js'
import { Session } from './session.js'
import type { SessionRequest, Store } from './types.js'

/** Stores of express-session are made from it: `class extends session.Store`, or `session.Store.call(this)` and `util.inherits`. */
export interface StoreConstructor {
  new (): Store
  (this: unknown): void
  readonly prototype: Store
}

/** Makes a stored cookie a cookie again. `expires` is text where the store kept JSON. */
function cookieOf(stored: unknown): Cookie {
  if (typeof stored !== 'object' || stored === null) throw new TypeError('This session was stored without a cookie.')
  const told = ('toJSON' in stored ? (stored as Cookie).toJSON() : stored) as StoredCookie
  const { expires, originalMaxAge } = told
  const cookie = new Cookie(told)
  cookie.expires = typeof expires === 'string' ? new Date(expires) : expires
  cookie.originalMaxAge = originalMaxAge as number | null
  return cookie
}

/** A cookie as any store hands it out. */
interface StoredCookie extends CookieOptions {
  readonly expires?: Date | null
  readonly originalMaxAge?: number | null
}

/** A session of what was stored, without giving it to the request. */
export function sessionFrom(request: SessionRequest, stored: object): Session {
  const session = new Session(request, stored)
  session.cookie = cookieOf('cookie' in stored ? stored.cookie : undefined)
  return session
}

/** Makes `req.session` of what was stored. */
export function createSession(request: SessionRequest, stored: object): Session {
  const session = sessionFrom(request, stored)
  request.session = session
  return session
}

// A function and not a class: stores that were written before there were classes call it on themselves.
function EventedStore(this: EventEmitter): void {
  EventEmitter.call(this)
}
Object.setPrototypeOf(EventedStore, EventEmitter)

EventedStore.prototype = Object.create(EventEmitter.prototype, {
  constructor: { value: EventedStore, writable: true, configurable: true },
  regenerate: {
    writable: true,
    configurable: true,
    value(this: Store, request: SessionRequest, callback: Callback): void {
      this.destroy(String(request.sessionID), (error) => {
        this.generate(request)
        callback(error)
      })
    },
  },
  load: {
    writable: true,
    configurable: true,
    value(this: Store, id: string, callback: (error?: unknown, session?: Session) => void): void {
      this.get(id, (error, stored) => {
        if (error !== undefined && error !== null) callback(error)
        else if (!stored) callback()
        else callback(null, this.createSession({ sessionID: id, sessionStore: this }, stored))
      })
    },
  },
  createSession: {
    writable: true,
    configurable: true,
    value: createSession,
  },
})

/** `session.Store`. */
export const BaseStore: StoreConstructor = EventedStore as unknown as StoreConstructor
