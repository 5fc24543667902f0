import type { IncomingMessage } from 'node:http'
import { type CookieSecret, cookieReader, signCookie } from '../crypto/cookie-signature.js'
import { systemRandom } from '../crypto/random.js'
import type { CallbackStore } from '../express-session/callback-store.js'
import type { SojournStoreOptions } from '../express-session/store-options.js'

/** Attributes of the cookie, as `@fastify/session` names them. Lengths are milliseconds. */
export interface FastifyCookieOptions {
  /** @default '/' */
  readonly path?: string | undefined
  readonly domain?: string | undefined
  /** @default true */
  readonly httpOnly?: boolean | undefined
  /** `auto` is secure where the request came over https, and `sameSite: lax` where it did not. @default true */
  readonly secure?: boolean | 'auto' | undefined
  readonly sameSite?: boolean | 'lax' | 'strict' | 'none' | undefined
  readonly maxAge?: number | undefined
  readonly expires?: Date | number | null | undefined
  readonly partitioned?: boolean | undefined
}

/** What signs session ids: `Signer` of `@fastify/cookie`, or one's own. */
export interface CookieSigner {
  sign(value: string): string
  unsign(value: string): { readonly valid: boolean; readonly value: string | null }
}

/** The options of `@fastify/session`, with the same meaning and the same defaults, and where Sojourn keeps the sessions. */
export interface FastifySessionOptions extends SojournStoreOptions {
  /** At least 32 characters; of several, the first signs and all are accepted; or a signer. */
  readonly secret: string | readonly string[] | CookieSigner
  /** @default 'sha256' */
  readonly algorithm?: string | undefined
  /** @default 'sessionId' */
  readonly cookieName?: string | undefined
  /** What stands before the signed id in the cookie. @default '' */
  readonly cookiePrefix?: string | undefined
  readonly cookie?: FastifyCookieOptions | undefined
  /** A store of express-session or `@fastify/session`, of any make. @default Sojourn's, with the options here */
  readonly store?: CallbackStore | undefined
  /** Stores new sessions that nothing was put into. @default true */
  readonly saveUninitialized?: boolean | undefined
  /** Sends the cookie and begins the time of the session anew with every answer. @default true */
  readonly rolling?: boolean | undefined
  /** Makes session ids: unpredictable ones. @default 256 random bits */
  readonly idGenerator?: ((request?: FastifySessionRequest) => string) | undefined
}

/** A request, as far as this plugin looks at one. */
export interface FastifySessionRequest {
  readonly raw: IncomingMessage
  readonly protocol: string
  readonly ip: string
  readonly headers: IncomingMessage['headers']
  /** Of `@fastify/cookie`. */
  readonly cookies: Readonly<Record<string, string | undefined>>
}

/** The options, checked. */
export interface FastifySettings {
  readonly signer: CookieSigner
  readonly cookieName: string
  readonly cookiePrefix: string
  readonly cookie: FastifyCookieOptions
  readonly saveUninitialized: boolean
  readonly rolling: boolean
  idGenerator(request: FastifySessionRequest): string
}

const MIN_SECRET = 32
const ID_BYTES = 32

function signerOf({ secret, algorithm }: FastifySessionOptions): CookieSigner {
  if (typeof secret === 'object' && 'sign' in secret && typeof secret.sign === 'function' && typeof secret.unsign === 'function')
    return secret
  if (typeof secret !== 'string' && !Array.isArray(secret))
    throw new Error(
      'the secret option is required, and must be a String, Array of Strings, or a signer object with .sign and .unsign methods',
    )
  if (typeof secret === 'string' && secret.length < MIN_SECRET) throw new Error('the secret must have length 32 or greater')
  const secrets: readonly CookieSecret[] = typeof secret === 'string' ? [secret] : [...(secret as readonly string[])]
  const [first] = secrets
  if (first === undefined) throw new Error('at least one secret is required')
  const read = cookieReader(secrets, algorithm)
  return {
    sign: (value) => signCookie(value, first, algorithm),
    unsign(signed) {
      const value = read(signed)
      return value === undefined ? { valid: false, value: null } : { valid: true, value }
    },
  }
}

/** Checks the options. Throws for what cannot be meant. */
export function fastifySettings(options: FastifySessionOptions): FastifySettings {
  const random = systemRandom()
  const { idGenerator } = options
  return Object.freeze<FastifySettings>({
    signer: signerOf(options),
    cookieName: options.cookieName || 'sessionId',
    cookiePrefix: options.cookiePrefix ?? '',
    cookie: { ...options.cookie, secure: options.cookie?.secure ?? true },
    saveUninitialized: options.saveUninitialized ?? true,
    rolling: options.rolling ?? true,
    idGenerator: (request) => idGenerator?.(request) ?? Buffer.from(random.bytes(ID_BYTES)).toString('base64url'),
  })
}
