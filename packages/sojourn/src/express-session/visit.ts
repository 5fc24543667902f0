import type { ServerResponse } from 'node:http'
import { nextTurn } from '../clock.js'
import type { CookieSecret } from '../crypto/cookie-signature.js'
import { signCookie } from '../crypto/cookie-signature.js'
import type { Callback } from './answered.js'
import { noteEnding } from './endings.js'
import { guardedSave, inflated } from './guarded-save.js'
import type { Remaining } from './hold-end.js'
import { isSecure } from './request-facts.js'
import type { Session } from './session.js'
import type { Settings } from './settings.js'
import { sessionFrom } from './store-base.js'
import { track } from './tracker.js'
import type { SessionRequest, Store } from './types.js'

/** What one request has to do with its session. */
export interface Visit {
  /** Gives the request an empty session. */
  begin(): void
  /** Gives it what was stored. */
  inflate(stored: object): void
  /** Sets the cookie, if it has to be; called when the head is made. */
  setCookie(): void
  /** What has to be stored before the response may end. */
  remaining(): Remaining
}

/** A session as text, without its cookie, which every request changes. */
function textOf(session: object): string {
  return JSON.stringify(session, function (this: unknown, key: string, value: unknown) {
    return this === session && key === 'cookie' ? undefined : value
  })
}

/** Begins a visit. `cookieId` is the id that the browser presented. */
export function visit(
  { request, response, next }: { readonly request: SessionRequest; readonly response: ServerResponse; readonly next: Callback },
  settings: Settings,
  store: Store,
  secret: CookieSecret,
): Visit {
  const { name, proxy, resave, rolling, saveUninitialized, unset } = settings
  const cookieId = request.sessionID
  let originalId: string | undefined
  let originalText: string | undefined
  let savedText: string | undefined
  let isTouched = false
  let isBroken = false

  const isModified = (session: Session): boolean => originalId !== session.id || originalText !== textOf(session)
  const isSaved = (session: Session): boolean => originalId === session.id && savedText === textOf(session)
  const mustSave = (session: Session): boolean =>
    !saveUninitialized && savedText === undefined && cookieId !== request.sessionID ? isModified(session) : !isSaved(session)
  const mustSetCookie = (session: Session): boolean =>
    cookieId !== request.sessionID
      ? saveUninitialized || isModified(session)
      : rolling || (session.cookie.expires !== null && session.cookie.expires !== undefined && isModified(session))
  const tell = (error: unknown): void => {
    if (error !== undefined && error !== null) void nextTurn().then(() => process.nextTick(next, error))
  }
  const touch = (session: Session): void => {
    if (!isTouched) session.touch()
    isTouched = true
  }

  const telling =
    (done: () => void): Callback =>
    (error) => {
      tell(error)
      done()
    }
  const ending =
    (id: string): Remaining =>
    (done) => {
      noteEnding(store, id)
      store.destroy(id, telling(done))
    }
  const left = (): Remaining => {
    const { session, sessionID } = request
    if (typeof sessionID !== 'string') return undefined
    if (!session) return unset === 'destroy' ? ending(sessionID) : undefined
    touch(session)
    if (mustSave(session)) return (done) => void session.save(telling(done))
    if (cookieId !== sessionID || typeof store.touch !== 'function') return undefined
    return (done) => void store.touch?.(sessionID, session, telling(done))
  }

  const self: Visit = {
    begin() {
      store.generate(request)
      originalId = request.sessionID
      originalText = request.session ? textOf(request.session) : undefined
    },
    inflate(stored) {
      const session = inflated(store, request, stored)
      originalId = request.sessionID
      originalText = textOf(session)
      if (!resave) savedText = originalText
    },
    setCookie() {
      const { session, sessionID } = request
      if (isBroken || !session || typeof sessionID !== 'string' || !mustSetCookie(session)) return
      if (session.cookie.secure && !isSecure(request, proxy)) return
      touch(session)
      try {
        const line = session.cookie.serialize(name, `s:${signCookie(sessionID, secret)}`)
        response.setHeader('Set-Cookie', [response.getHeader('Set-Cookie') ?? [], line].flat().map(String))
      } catch (error) {
        tell(error)
      }
    },
    remaining() {
      if (isBroken) return undefined
      try {
        return left()
      } catch (fault) {
        // A session that cannot be told as JSON. The application hears of it, and its error page is answered without one.
        isBroken = true
        throw fault
      }
    },
  }
  track(request, {
    save(session, done) {
      savedText = textOf(session)
      guardedSave({ store, id: session.id, session, rebuilt: (merged) => sessionFrom(request, merged) }, done)
    },
    inflate: self.inflate,
    ending: (id) => noteEnding(store, id),
  })
  return self
}
