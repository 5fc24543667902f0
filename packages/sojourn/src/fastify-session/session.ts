import { systemClock } from '../clock.js'
import { answered, type Callback } from '../express-session/answered.js'
import { FastifySessionCookie } from './cookie.js'
import type { FastifyCookieOptions, FastifySessionRequest, FastifySettings } from './options.js'

/** What a session needs of the plugin. */
export interface Keeper {
  readonly settings: FastifySettings
  readonly request: FastifySessionRequest & { session: FastifySession | null }
  load(id: string, callback: (error: unknown, stored?: object | null) => void): void
  save(session: FastifySession, callback: Callback): void
  destroy(id: string, callback: Callback): void
  /** A session object was made of what was stored, or of nothing. */
  made(session: FastifySession, of?: object): void
}

/** A session as text, without its cookie, which every request changes. */
const textOf = (session: object): string =>
  JSON.stringify(session, function (this: unknown, key: string, value: unknown) {
    return this === session && key === 'cookie' ? undefined : value
  })

const isError = (error: unknown): boolean => error !== undefined && error !== null

/** `request.session`: the application's data and the verbs on it. A class because the data are its own keys. */
export class FastifySession {
  cookie: FastifySessionCookie
  readonly #keeper: Keeper
  readonly #id: string
  readonly #signedId: string
  #attributes: FastifyCookieOptions
  #savedText: string
  #isSaved = false

  /** With `stored`, the session of this id as it was stored; without, an empty one. */
  constructor(
    keeper: Keeper,
    attributes: FastifyCookieOptions,
    stored?: { readonly id: string; readonly data?: object | null | undefined },
  ) {
    const { settings, request } = keeper
    this.#keeper = keeper
    this.#id = stored?.id ?? settings.idGenerator(request)
    this.#signedId = settings.signer.sign(this.#id)
    const { cookie, ...data } = { cookie: undefined as unknown, ...stored?.data }
    const kept = typeof cookie === 'object' && cookie !== null && 'toJSON' in cookie ? (cookie as FastifySessionCookie).toJSON() : cookie
    const restored = { ...attributes, ...(kept as FastifyCookieOptions & { originalMaxAge?: number | null }) }
    const { originalMaxAge, ...rest } = restored
    this.#attributes = originalMaxAge === undefined || originalMaxAge === null ? rest : { ...rest, maxAge: originalMaxAge }
    this.cookie = new FastifySessionCookie(restored, request.protocol === 'https')
    for (const [key, value] of Object.entries(data)) if (!(key in this)) Reflect.set(this, key, value)
    this.#savedText = textOf(this)
    keeper.made(this, stored?.data ?? undefined)
  }

  get sessionId(): string {
    return this.#id
  }

  /** The signed id, as it stands in the cookie. */
  get encryptedSessionId(): string {
    return this.#signedId
  }

  get(key: string): unknown {
    return Reflect.get(this, key)
  }

  set(key: string, value: unknown): void {
    Reflect.set(this, key, value)
  }

  /** Changes attributes of the cookie, for this session. */
  options(attributes: FastifyCookieOptions): void {
    if (Object.keys(attributes).length === 0) return
    this.#attributes = { ...this.#attributes, ...attributes }
    this.cookie = new FastifySessionCookie(this.#attributes, this.#keeper.request.protocol === 'https')
  }

  /** Begins its time anew. */
  touch(): void {
    if (this.cookie.originalMaxAge) this.cookie.expires = new Date(systemClock.now() + this.cookie.originalMaxAge)
  }

  /** Ends it and puts another one with a new id into `request.session`, with the keys that are named. */
  regenerate(): Promise<void>
  regenerate(keys: readonly string[]): Promise<void>
  regenerate(callback: Callback): void
  regenerate(keys: readonly string[], callback: Callback): void
  regenerate(first?: readonly string[] | Callback, second?: Callback): Promise<void> | void {
    const keys = typeof first === 'function' ? [] : (first ?? [])
    const keeper = this.#keeper
    return this.#answer(typeof first === 'function' ? first : second, (done) => {
      const next = new FastifySession(keeper, this.#attributes)
      for (const key of keys) next.set(key, this.get(key))
      keeper.destroy(this.#id, (destroyed) => {
        keeper.save(next, (saved) => {
          keeper.request.session = next
          done(isError(destroyed) ? destroyed : saved)
        })
      })
    })
  }

  /** Ends it, for every request that has it. */
  destroy(): Promise<void>
  destroy(callback: Callback): void
  destroy(callback?: Callback): Promise<void> | void {
    const keeper = this.#keeper
    return this.#answer(callback, (done) =>
      keeper.destroy(this.#id, (error) => {
        keeper.request.session = null
        done(error)
      }),
    )
  }

  /** Puts what is stored now into `request.session`, as a new object. */
  reload(): Promise<void>
  reload(callback: Callback): void
  reload(callback?: Callback): Promise<void> | void {
    const keeper = this.#keeper
    return this.#answer(callback, (done) =>
      keeper.load(this.#id, (error, data) => {
        keeper.request.session = new FastifySession(keeper, this.#attributes, { id: this.#id, data })
        done(error)
      }),
    )
  }

  /** Stores it now. Without it, it is stored before the answer is sent. */
  save(): Promise<void>
  save(callback: Callback): void
  save(callback?: Callback): Promise<void> | void {
    return this.#answer(callback, (done) =>
      this.#keeper.save(this, (error) => {
        if (!isError(error)) {
          this.#isSaved = true
          this.#savedText = textOf(this)
        }
        done(error)
      }),
    )
  }

  isModified(): boolean {
    return this.#savedText !== textOf(this)
  }

  isSaved(): boolean {
    return this.#isSaved
  }

  #answer(callback: Callback | undefined, run: (done: Callback) => void): Promise<void> | void {
    return answered<void>(undefined, callback, run)
  }
}
