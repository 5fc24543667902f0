import { systemClock } from '../clock.js'
import type { CallbackStore } from '../express-session/callback-store.js'
import { hasEnded, noteEnding } from '../express-session/endings.js'
import { guardedSave, noteLoaded } from '../express-session/guarded-save.js'
import { partsOf } from '../express-session/merge.js'
import { isVersioned, noteRequest } from '../express-session/versioned.js'
import type { FastifyCookieOptions, FastifySessionRequest, FastifySettings } from './options.js'
import { FastifySession, type Keeper } from './session.js'

type Done = (error?: Error) => void
type Request = FastifySessionRequest & { session: FastifySession | null }
interface Reply {
  setCookie(name: string, value: string, options: object): unknown
  clearCookie(name: string, options: object): unknown
}
/** The few parts of Fastify that are used. */
export interface FastifyInstanceParts {
  decorate(name: 'decryptSession', value: unknown): unknown
  decorateRequest(name: 'session', value: null): unknown
  decorateRequest(name: 'sessionStore', value: { getter(): CallbackStore }): unknown
  addHook(name: 'onRequest', hook: (request: Request, reply: Reply, done: Done) => void): unknown
  addHook(name: 'onSend', hook: (request: Request, reply: Reply, payload: unknown, done: Done) => void): unknown
}

const isError = (error: unknown): boolean => error !== undefined && error !== null
const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
const isAbsence = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** Whether a path is one of those that the cookie is for. */
function isInside(path: string, cookiePath: string): boolean {
  return path === cookiePath || (path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/'))
}

function keeperFor(request: Request, store: CallbackStore, settings: FastifySettings): Keeper {
  const context = { ip: request.ip, headers: request.headers }
  return {
    settings,
    request,
    load(id, callback) {
      if (isVersioned(store)) store.get(id, callback, context)
      else store.get(id, callback)
    },
    save(session, callback) {
      const rebuilt = (merged: Record<string, unknown>): object => ({ ...merged, cookie: session.cookie })
      guardedSave({ store, id: session.sessionId, session, rebuilt }, callback)
    },
    destroy(id, callback) {
      noteEnding(store, id)
      store.destroy(id, callback)
    },
    made(session, of) {
      noteRequest(session, context)
      if (of === undefined) return
      if (isVersioned(store)) store.sameAs(session, of)
      else noteLoaded(session, partsOf(of))
    },
  }
}

/** Puts the session of a signed id into the request; an empty one if there is none. */
function open(request: Request, signedId: string, keeper: Keeper, attributes: FastifyCookieOptions, done: Done): void {
  const begin = (): void => {
    request.session = new FastifySession(keeper, attributes)
    done()
  }
  const { valid, value: id } = keeper.settings.signer.unsign(signedId)
  if (!valid || id === null) {
    begin()
    return
  }
  keeper.load(id, (error, data) => {
    if (isError(error) && !isAbsence(error)) done(asError(error))
    else if (isError(error) || !data) begin()
    else {
      const session = new FastifySession(keeper, attributes, { id, data })
      const end = session.cookie.originalExpires ?? session.cookie.expires
      request.session = session
      if (end !== null && end.getTime() <= systemClock.now())
        session.regenerate((fault) => (isError(fault) ? done(asError(fault)) : done()))
      else done()
    }
  })
}

/** Adds the hooks of the plugin to an instance. */
export function addSessions(app: FastifyInstanceParts, store: CallbackStore, settings: FastifySettings): void {
  const { cookieName, cookiePrefix, cookie, rolling, saveUninitialized } = settings
  const signedIdIn = ({ cookies }: Request): string | undefined => {
    const value = cookies[cookieName]
    return value?.startsWith(cookiePrefix) === true && value.length > cookiePrefix.length ? value.slice(cookiePrefix.length) : undefined
  }
  app.decorate('decryptSession', (signedId: string, request: Request, more: FastifyCookieOptions | Done, callback?: Done) => {
    const attributes = typeof more === 'function' ? cookie : { ...cookie, ...more }
    const done = typeof more === 'function' ? more : callback
    open(request, signedId, keeperFor(request, store, settings), attributes, done ?? (() => undefined))
  })
  app.decorateRequest('sessionStore', { getter: () => store })
  app.decorateRequest('session', null)
  app.addHook('onRequest', (request, _reply, done) => {
    const path = request.raw.url?.split('?', 1)[0] ?? '/'
    // An object without verbs, as in the original: `request.session` can always be asked.
    request.session = {} as FastifySession
    if (!isInside(path, cookie.path || '/')) {
      done()
      return
    }
    const keeper = keeperFor(request, store, settings)
    const signedId = signedIdIn(request)
    if (signedId !== undefined) {
      open(request, signedId, keeper, cookie, done)
      return
    }
    request.session = new FastifySession(keeper, cookie)
    done()
  })
  app.addHook('onSend', (request, reply, _payload, done) => {
    const { session } = request
    if (!(session instanceof FastifySession)) {
      done()
      return
    }
    const presented = signedIdIn(request)
    const tell = (): void => void reply.setCookie(cookieName, cookiePrefix + session.encryptedSessionId, session.cookie.toJSON())
    const isKnown = presented === session.encryptedSessionId
    const isToBeSaved = (isKnown ? rolling : saveUninitialized) || session.isModified()
    if (!isToBeSaved || (session.cookie.secure === true && request.protocol !== 'https')) {
      if (presented !== undefined && !isKnown) reply.clearCookie(cookieName, { domain: cookie.domain, path: cookie.path || '/' })
      if (session.isSaved()) tell()
      done()
      return
    }
    session.save((error) => {
      if (isError(error)) {
        done(asError(error))
        return
      }
      // Ended by another request in the meantime: there is nothing to tell of.
      if (!hasEnded(store, session.sessionId)) tell()
      done()
    })
  })
}
