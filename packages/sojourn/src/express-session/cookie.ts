import { systemClock } from '../clock.js'
import { serializeCookie } from './cookie-line.js'

/** Attributes of the cookie, by their usual names. Lengths are milliseconds. */
export interface CookieOptions {
  /** @default '/' */
  path?: string | undefined
  domain?: string | undefined
  /** @default true */
  httpOnly?: boolean | undefined
  /** `auto` is secure where the request came over https. @default not set */
  secure?: boolean | 'auto' | undefined
  /** `true` is `strict`; `auto` is `none` where the request came over https, else `lax`. @default not set */
  sameSite?: boolean | 'lax' | 'strict' | 'none' | 'auto' | undefined
  /** @default null: the cookie goes with the browser */
  maxAge?: number | null | undefined
  expires?: Date | null | undefined
  partitioned?: boolean | undefined
  priority?: 'low' | 'medium' | 'high' | undefined
  /** Accepted and without effect: the cookie is always signed. */
  signed?: boolean | undefined
}

/** What a cookie is stored and sent as. */
export interface CookieData {
  readonly originalMaxAge: number | null
  readonly expires: Date | null | undefined
  readonly path: string | undefined
  readonly domain: string | undefined
  readonly httpOnly: boolean | undefined
  readonly secure: boolean | 'auto' | undefined
  readonly sameSite: CookieOptions['sameSite']
  readonly partitioned: boolean | undefined
  readonly priority: CookieOptions['priority']
}

/** The cookie of one session, `req.session.cookie`. A class because applications construct it and ask `instanceof`. */
export class Cookie {
  path: string | undefined = '/'
  domain: string | undefined
  httpOnly: boolean | undefined = true
  secure: boolean | 'auto' | undefined
  sameSite: CookieOptions['sameSite']
  partitioned: boolean | undefined
  priority: CookieOptions['priority']
  /** What `touch` goes back to. */
  originalMaxAge: number | null
  #expires: Date | null | undefined = null

  constructor(options?: (CookieOptions & { readonly originalMaxAge?: number | null }) | null) {
    if (options !== undefined && options !== null && typeof options !== 'object') throw new TypeError('argument options must be a object')
    this.originalMaxAge = null
    if (options === undefined || options === null) return
    const [mine, given] = [this, options] as unknown as readonly [Record<string, unknown>, Readonly<Record<string, unknown>>]
    for (const name of Object.keys(given)) if (name !== 'data' && name !== 'originalMaxAge') mine[name] = given[name]
    const { originalMaxAge } = options
    // Said by a record that is loaded; its `expires` alone would tell what is left of it.
    if (originalMaxAge !== undefined && originalMaxAge !== null) this.originalMaxAge = originalMaxAge
  }

  get expires(): Date | null | undefined {
    return this.#expires
  }

  set expires(date: Date | null | undefined) {
    this.#expires = date
    this.originalMaxAge = this.maxAge ?? null
  }

  /** Milliseconds until it ends; null for one that goes with the browser. */
  get maxAge(): number | null | undefined {
    return this.#expires instanceof Date ? this.#expires.getTime() - systemClock.now() : this.#expires
  }

  set maxAge(length: number | Date | null | undefined) {
    if (length && typeof length !== 'number' && !(length instanceof Date)) throw new TypeError('maxAge must be a number or Date')
    this.expires = typeof length === 'number' ? new Date(systemClock.now() + length) : length
  }

  get data(): CookieData {
    const { originalMaxAge, partitioned, priority, secure, httpOnly, domain, path, sameSite } = this
    return { originalMaxAge, partitioned, priority, expires: this.#expires, secure, httpOnly, domain, path, sameSite }
  }

  /** The `Set-Cookie` line with this name and value. Throws a TypeError for attributes that no browser would take. */
  serialize(name: string, value: string): string {
    return serializeCookie(name, value, this.data)
  }

  toJSON(): CookieData {
    return this.data
  }
}
