import { systemClock } from '../clock.js'
import type { FastifyCookieOptions } from './options.js'

/** A cookie as it is stored. */
interface Restored extends FastifyCookieOptions {
  readonly originalMaxAge?: number | null | undefined
}

/** The cookie of one session, `request.session.cookie`. A class for its getters, which JSON leaves out. */
export class FastifySessionCookie {
  path: string
  secure: boolean | null
  sameSite: boolean | string | null
  domain: string | null
  httpOnly: boolean
  partitioned: boolean | undefined
  originalMaxAge: number | null
  originalExpires: Date | undefined
  #expires: Date | null = null

  constructor(options: Restored, isEncrypted: boolean) {
    this.path = options.path || '/'
    this.secure = options.secure === 'auto' ? isEncrypted : (options.secure ?? null)
    this.sameSite = options.secure === 'auto' && !isEncrypted ? 'lax' : (options.sameSite ?? null) || null
    this.domain = options.domain ?? null
    this.httpOnly = options.httpOnly ?? true
    this.partitioned = options.partitioned
    this.originalMaxAge = options.originalMaxAge || options.maxAge || null
    if (options.expires) {
      this.originalExpires = new Date(options.expires)
      this.#expires = this.originalExpires
    }
    if (this.originalMaxAge !== null) this.maxAge = this.originalMaxAge
  }

  get expires(): Date | null {
    return this.#expires
  }

  set expires(date: Date | null) {
    this.#expires = date
  }

  get maxAge(): number | null {
    return this.#expires instanceof Date ? this.#expires.getTime() - systemClock.now() : null
  }

  set maxAge(length: number) {
    this.#expires = new Date(systemClock.now() + length)
    this.originalMaxAge = length
  }

  toJSON(): Record<string, unknown> {
    const { originalMaxAge, originalExpires, sameSite, secure, path, httpOnly, domain, partitioned } = this
    return { expires: this.#expires, originalMaxAge, originalExpires, sameSite, secure, path, httpOnly, domain, partitioned }
  }
}
