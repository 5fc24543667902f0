import { type CookieSecret, cookieReader } from '../crypto/cookie-signature.js'
import { systemRandom } from '../crypto/random.js'
import type { CookieOptions } from './cookie.js'
import type { MiddlewareOptions, SessionRequest } from './types.js'

/** The options of the middleware, checked. */
export interface Settings {
  readonly name: string
  /** Undefined: `req.secret`. The first one signs. */
  readonly secrets: readonly CookieSecret[] | undefined
  /** The id in a signed text, if one of them signed it. */
  readonly read: ((signed: string) => string | undefined) | undefined
  cookie(request: SessionRequest): CookieOptions
  genid(request: SessionRequest): string
  readonly proxy: boolean | undefined
  readonly resave: boolean
  readonly rolling: boolean
  readonly saveUninitialized: boolean
  readonly unset: 'keep' | 'destroy'
}

/** The original has 192 bits. */
const ID_BYTES = 32

function secretsIn(secret: MiddlewareOptions['secret']): readonly CookieSecret[] | undefined {
  if (secret === undefined || secret === null || secret === '') return undefined
  const secrets = Array.isArray(secret) ? (secret as readonly CookieSecret[]) : [secret as CookieSecret]
  if (secrets.length === 0) throw new TypeError('secret option array must contain one or more strings')
  return [...secrets]
}

const warned = new Set<string>()

/** The original warns as well: both defaults are seldom meant. */
function warnOnce(text: string): void {
  if (warned.has(text)) return
  warned.add(text)
  process.emitWarning(text, 'DeprecationWarning')
}

function orWarn(option: 'resave' | 'saveUninitialized', value: boolean | undefined): boolean {
  if (value === undefined) warnOnce(`undefined ${option} option; provide ${option} option`)
  return value ?? true
}

/** Checks the options. Throws a TypeError for what cannot be meant, as the original does. */
export function settingsOf(options: MiddlewareOptions): Settings {
  const { cookie = {}, genid, unset, proxy, rolling } = options
  if (genid !== undefined && typeof genid !== 'function') throw new TypeError('genid option must be a function')
  if (unset !== undefined && unset !== 'destroy' && unset !== 'keep') throw new TypeError('unset option must be "destroy" or "keep"')
  const secrets = secretsIn(options.secret)
  const random = systemRandom()
  return Object.freeze<Settings>({
    name: options.name || options.key || 'connect.sid',
    secrets,
    read: secrets === undefined ? undefined : cookieReader(secrets),
    // Express gives its own kind of request, which this file does not know.
    cookie: (request) => (typeof cookie === 'function' ? cookie(request as never) : cookie),
    genid: (request) => (genid === undefined ? Buffer.from(random.bytes(ID_BYTES)).toString('base64url') : genid(request as never)),
    proxy,
    resave: orWarn('resave', options.resave),
    rolling: Boolean(rolling),
    saveUninitialized: orWarn('saveUninitialized', options.saveUninitialized),
    unset: unset ?? 'keep',
  })
}
