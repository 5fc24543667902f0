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
import { isStill, type Snapshot, snapshotOf } from './snapshot.js'
import { sessionFrom } from './store-base.js'
import { type Tracker, track, trackerOf } from './tracker.js'
import type { SessionRequest, Store } from './types.js'
import { isVersioned } from './versioned.js'

/** What is the same for all requests of one middleware. */
export interface House {
  readonly settings: Settings
  readonly store: Store
}

/** One request, and what it goes on with. */
export interface Guest {
  readonly request: SessionRequest
  readonly response: ServerResponse
  readonly next: Callback
  /** Signs its cookie. */
  readonly secret: CookieSecret
}

/** What one request has to do with its session. A class for its prototype: a dozen functions for each request cost more than the session. */
export class Visit implements Tracker {
  readonly #house: House
  readonly #guest: Guest
  /** The id that the browser presented. */
  readonly #cookieId: string | undefined
  #originalId: string | undefined
  #original: Snapshot | undefined
  #saved: Snapshot | undefined
  #isTouched = false
  #isBroken = false
  /** What is stored could not be told: that the request has no session then must not end the one that is there (`unset`). */
  #isUnknown = false

  constructor(house: House, guest: Guest) {
    this.#house = house
    this.#guest = guest
    this.#cookieId = guest.request.sessionID
  }

  /** Gives the request an empty session. */
  begin(): void {
    const { request } = this.#guest
    this.#house.store.generate(request)
    this.#originalId = request.sessionID
    if (!request.session) return
    this.#original = snapshotOf(request.session)
    track(request.session, this)
  }

  /** Gives it what was stored. */
  inflate(stored: object): void {
    const { store, settings } = this.#house
    const { request } = this.#guest
    const session = inflated(store, request, stored)
    track(session, this)
    const data = isVersioned(store) ? store.loadedAs(session) : undefined
    this.#originalId = request.sessionID
    this.#original = data === undefined ? snapshotOf(session) : { data, text: undefined }
    if (!settings.resave) this.#saved = this.#original
  }

  /** Lets the request go on without its session, of which nothing is known. */
  fail(error: unknown): void {
    this.#isUnknown = true
    this.#guest.next(error)
  }

  save(session: Session, done: Callback): void {
    const { request } = this.#guest
    this.#saved = snapshotOf(session)
    guardedSave({ store: this.#house.store, id: session.id, session, rebuilt: (merged) => sessionFrom(request, merged) }, done)
  }

  ending(id: string): void {
    noteEnding(this.#house.store, id)
  }

  /** Sets the cookie, if it has to be; called when the head is made. */
  setCookie(): void {
    const { name, proxy } = this.#house.settings
    const { request, response, secret } = this.#guest
    const { session, sessionID } = request
    if (this.#isBroken || !session || typeof sessionID !== 'string' || !this.#mustSetCookie(session)) return
    if (session.cookie.secure && !isSecure(request, proxy)) return
    this.#touch(session)
    try {
      const line = session.cookie.serialize(name, `s:${signCookie(sessionID, secret)}`)
      response.setHeader('Set-Cookie', [response.getHeader('Set-Cookie') ?? [], line].flat().map(String))
    } catch (error) {
      this.#tell(error)
    }
  }

  /** What has to be stored before the response may end. */
  remaining(): Remaining {
    if (this.#isBroken) return undefined
    try {
      return this.#left()
    } catch (fault) {
      // A session that cannot be told as JSON. The application hears of it, and its error page is answered without one.
      this.#isBroken = true
      throw fault
    }
  }

  #left(): Remaining {
    const { session, sessionID } = this.#guest.request
    if (typeof sessionID !== 'string') return undefined
    if (!session) return this.#house.settings.unset === 'destroy' && !this.#isUnknown ? this.#destruction(sessionID) : undefined
    // It may be one that the application has had made by the store.
    if (trackerOf(session) !== this) track(session, this)
    this.#touch(session)
    if (this.#mustSave(session)) return (done) => void session.save(this.#telling(done))
    return this.#cookieId === sessionID ? this.#touching(session, sessionID) : undefined
  }

  #destruction(id: string): Remaining {
    return (done) => {
      this.ending(id)
      this.#house.store.destroy(id, this.#telling(done))
    }
  }

  /** Touches it in the store; nothing remains if that answers at once. */
  #touching(session: Session, id: string): Remaining {
    const { store } = this.#house
    if (typeof store.touch !== 'function') return undefined
    let isDone = false
    let waiting: (() => void) | undefined
    store.touch(id, session, (error) => {
      this.#tell(error)
      isDone = true
      waiting?.()
    })
    if (isDone) return undefined
    return (done) => {
      if (isDone) done()
      else waiting = done
    }
  }

  #isModified(session: Session): boolean {
    return this.#originalId !== session.id || this.#original === undefined || !isStill(session, this.#original)
  }

  #mustSave(session: Session): boolean {
    const isNew = this.#cookieId !== this.#guest.request.sessionID
    if (!this.#house.settings.saveUninitialized && this.#saved === undefined && isNew) return this.#isModified(session)
    return this.#originalId !== session.id || this.#saved === undefined || !isStill(session, this.#saved)
  }

  #mustSetCookie(session: Session): boolean {
    const { saveUninitialized, rolling } = this.#house.settings
    if (this.#cookieId !== this.#guest.request.sessionID) return saveUninitialized || this.#isModified(session)
    return rolling || (session.cookie.expires !== null && session.cookie.expires !== undefined && this.#isModified(session))
  }

  #touch(session: Session): void {
    if (!this.#isTouched) session.touch()
    this.#isTouched = true
  }

  #tell(error: unknown): void {
    if (error !== undefined && error !== null) void nextTurn().then(() => process.nextTick(this.#guest.next, error))
  }

  #telling(done: () => void): Callback {
    return (error) => {
      this.#tell(error)
      done()
    }
  }
}
