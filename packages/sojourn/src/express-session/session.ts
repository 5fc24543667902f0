import { answered, type Callback } from './answered.js'
import type { Cookie } from './cookie.js'
import { track, trackerOf } from './tracker.js'
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
    if (data === undefined || data === null) return
    const [mine, stored] = [this, data] as unknown as readonly [Record<string, unknown>, Readonly<Record<string, unknown>>]
    // A stored key that has the name of a verb does not hide it.
    for (const name of Object.keys(stored)) if (!(name in mine)) mine[name] = stored[name]
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
    return answered(this, callback, (done) => {
      const tracker = trackerOf(this)
      if (tracker === undefined) storeOf(this.req).set(this.id, this, done)
      else tracker.save(this, done)
    })
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
        const tracker = trackerOf(this)
        if (tracker === undefined) storeOf(req).createSession(req, data)
        else tracker.inflate(data)
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
      trackerOf(this)?.ending(this.id)
      storeOf(this.req).destroy(this.id, done)
    })
  }

  /** Ends it and puts an empty one with a new id into `req.session`. */
  regenerate(): Promise<void>
  regenerate(callback: Callback): this
  regenerate(callback?: Callback): this | Promise<void> {
    return answered(this, callback, (done) => {
      const { req } = this
      const tracker = trackerOf(this)
      tracker?.ending(this.id)
      storeOf(req).regenerate(req, (error) => {
        if (tracker !== undefined && req.session) track(req.session, tracker)
        done(error)
      })
    })
  }
}

function storeOf({ sessionStore }: SessionRequest): Store {
  if (sessionStore === undefined) throw new TypeError('This session has no store: it was not made for a request.')
  return sessionStore
}
