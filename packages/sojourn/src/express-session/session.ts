import { answered, type Callback } from './answered.js'
import type { Cookie } from './cookie.js'
import { trackerOf } from './tracker.js'
import type { SessionRequest, Store } from './types.js'

const fixed = (value: unknown): PropertyDescriptor => ({ value })

/** `req.session`: the application's data and the verbs on it. A class because applications ask `instanceof`. */
export class Session {
  declare readonly req: SessionRequest
  declare readonly id: string
  declare cookie: Cookie

  constructor(request: SessionRequest, data?: object | null) {
    Object.defineProperty(this, 'req', fixed(request))
    Object.defineProperty(this, 'id', fixed(request.sessionID))
    // A stored key that has the name of a verb does not hide it.
    for (const [name, value] of Object.entries(data ?? {})) if (!(name in this)) Reflect.set(this, name, value)
  }

  /** Begins its time anew. Done for every request that has a session. */
  touch(): this {
    return this.resetMaxAge()
  }

  resetMaxAge(): this {
    this.cookie.maxAge = this.cookie.originalMaxAge
    return this
  }

  /** Stores it now. Without it, a changed session is stored at the end of the response. */
  save(): Promise<void>
  save(callback: Callback | undefined): this
  save(callback?: Callback): this | Promise<void> {
    return answered(this, callback, (done) => (trackerOf(this.req)?.save ?? plainSave)(this, done))
  }

  /** Puts what is stored now into `req.session`, as a new object. Fails if the session is gone. */
  reload(): Promise<void>
  reload(callback: Callback): this
  reload(callback?: Callback): this | Promise<void> {
    return answered(this, callback, (done) => {
      const { req, id } = this
      storeOf(req).get(id, (error, data) => {
        if (error !== undefined && error !== null) return done(error)
        if (!data) return done(new Error('failed to load session'))
        const inflate = trackerOf(req)?.inflate
        if (inflate === undefined) storeOf(req).createSession(req, data)
        else inflate(data)
        return done()
      })
    })
  }

  /** Ends it, for every request that has it. */
  destroy(): Promise<void>
  destroy(callback: Callback | undefined): this
  destroy(callback?: Callback): this | Promise<void> {
    return answered(this, callback, (done) => {
      delete this.req.session
      trackerOf(this.req)?.ending(this.id)
      storeOf(this.req).destroy(this.id, done)
    })
  }

  /** Ends it and puts an empty one with a new id into `req.session`. */
  regenerate(): Promise<void>
  regenerate(callback: Callback): this
  regenerate(callback?: Callback): this | Promise<void> {
    return answered(this, callback, (done) => {
      trackerOf(this.req)?.ending(this.id)
      storeOf(this.req).regenerate(this.req, done)
    })
  }
}

function storeOf({ sessionStore }: SessionRequest): Store {
  if (sessionStore === undefined) throw new TypeError('This session has no store: it was not made for a request.')
  return sessionStore
}

const plainSave = (session: Session, done: Callback): void => void storeOf(session.req).set(session.id, session, done)
