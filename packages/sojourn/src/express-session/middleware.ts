import type { IncomingMessage, ServerResponse } from 'node:http'
import { cookieReader } from '../crypto/cookie-signature.js'
import { onHead } from '../http/adapters/node-head.js'
import type { StoredSession } from './callback-store.js'
import { Cookie } from './cookie.js'
import { forgetEnding } from './endings.js'
import { holdEnd } from './hold-end.js'
import { idIn, isInside, isSecure } from './request-facts.js'
import { Session } from './session.js'
import { type Settings, settingsOf } from './settings.js'
import type { MiddlewareOptions, SessionRequest, Store } from './types.js'
import { isVersioned } from './versioned.js'
import { type House, Visit } from './visit.js'

/** Fits `app.use` of Express 4 and 5, Connect, and plain Node. */
export type SessionMiddleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

/** How this middleware makes an empty session; stores call it when one is regenerated. */
function generator(store: Store, settings: Settings): (request: SessionRequest) => void {
  return (request) => {
    request.sessionID = settings.genid(request)
    const options = settings.cookie(request)
    const session = new Session(request)
    session.cookie = new Cookie(options)
    const isEncrypted = isSecure(request, settings.proxy)
    if (options.secure === 'auto') session.cookie.secure = isEncrypted
    if (options.sameSite === 'auto') session.cookie.sameSite = isEncrypted ? 'none' : 'lax'
    if (typeof request.sessionID === 'string') forgetEnding(store, request.sessionID)
    request.session = session
  }
}

const isAbsence = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** The middleware on a store. */
export function middleware(options: MiddlewareOptions, store: Store): SessionMiddleware {
  const settings = settingsOf(options)
  const house: House = { settings, store }
  let isReady = true
  store.generate = generator(store, settings)
  store.on?.('disconnect', () => {
    isReady = false
  })
  store.on?.('connect', () => {
    isReady = true
  })

  return (incoming, response, next) => {
    const request = incoming as IncomingMessage & SessionRequest
    // Without its store a request goes on without a session, as in the original.
    if (request.session || !isReady || !isInside(request, settings.cookie(request).path || '/')) {
      next()
      return
    }
    const secrets = settings.secrets ?? (request.secret === undefined ? [] : [request.secret])
    const [secret] = secrets
    if (secret === undefined) {
      next(new Error('secret option required for sessions'))
      return
    }
    request.sessionStore = store
    const id = idIn(request, settings.name, settings.read ?? cookieReader(secrets))
    request.sessionID = id
    const current = new Visit(house, { request, response, next, secret })
    onHead(response, () => current.setCookie())
    holdEnd(response, current)
    if (id === undefined) {
      current.begin()
      next()
      return
    }
    const found = (error: unknown, stored?: StoredSession | null): void => {
      const isAbsent = isAbsence(error)
      if (error !== undefined && error !== null && !isAbsent) {
        current.fail(error)
        return
      }
      try {
        if (isAbsent || !stored) current.begin()
        else current.inflate(stored)
      } catch (fault) {
        current.fail(fault)
        return
      }
      next()
    }
    if (isVersioned(store)) store.get(id, found, request)
    else store.get(id, found)
  }
}
