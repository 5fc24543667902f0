import { unsignCookie } from '../crypto/cookie-signature.js'
import { SessionError } from '../errors.js'
import { type LegacyReading, recordOf } from './record-of.js'
import type { LegacySource } from './source.js'

/** What is used of a store of express-session or `@fastify/session`. */
export interface CallbackStore {
  get(sid: string, callback: (error: unknown, session?: object | null) => void): unknown
  destroy(sid: string, callback: (error?: unknown) => void): unknown
}

export interface ExpressSessionOptions<Data> extends LegacyReading<Data> {
  /** @default 'express-session' */
  readonly name?: string
  /** The `secret` of the older library; with several, all of them. */
  readonly secret: string | readonly string[]
  /** The `store` of the older library, with its own prefix and client. */
  readonly store: CallbackStore
}

const PREFIX = 's:'
const MAX_CREDENTIAL = 4_096

/** As the cookie stands in the header, where a colon is `%3A`; a middleware may or may not have decoded it. */
function decoded(credential: string): string | undefined {
  if (!credential.includes('%')) return credential
  try {
    return decodeURIComponent(credential)
  } catch (fault) {
    if (fault instanceof URIError) return undefined
    throw fault
  }
}

/** Express calls an error with this code "there is none" (express-session, index.js). */
const isAbsence = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

function getFrom(store: CallbackStore, sid: string): Promise<object | undefined> {
  return new Promise((resolve, reject) => {
    store.get(sid, (error, session) => {
      if (error === undefined || error === null || isAbsence(error)) resolve(isAbsence(error) ? undefined : (session ?? undefined))
      else reject(error)
    })
  })
}

function destroyIn(store: CallbackStore, sid: string): Promise<void> {
  return new Promise((resolve, reject) => {
    store.destroy(sid, (error) => {
      if (error === undefined || error === null || isAbsence(error)) resolve()
      else reject(error)
    })
  })
}

/**
 * When the record says that it ends. A store that can `touch` moves the end without writing the record, so what the record
 * says is out of date there; such a store gives out nothing that has ended.
 */
function expiryOf(store: CallbackStore, session: object): Date | undefined {
  if ('touch' in store && typeof store.touch === 'function') return undefined
  const cookie = 'cookie' in session ? session.cookie : undefined
  const expires = typeof cookie === 'object' && cookie !== null && 'expires' in cookie ? cookie.expires : undefined
  return typeof expires === 'string' || expires instanceof Date ? new Date(expires) : undefined
}

function secretsIn(secret: string | readonly string[]): readonly string[] {
  const secrets = typeof secret === 'string' ? [secret] : secret
  if (Array.isArray(secrets) && secrets.length > 0 && secrets.every((one) => typeof one === 'string' && one !== '')) return secrets
  throw new SessionError('CONFIG_INVALID', 'legacy: secret must be the secret of the older library, or all of them.', { path: 'legacy' })
}

/**
 * Sessions of express-session or `@fastify/session` in any of their stores, by their signed cookies: `s:<id>.<signature>`
 * or `<id>.<signature>`, percent-encoded or not.
 *
 * @example
 * expressSession({ secret: 'keyboard cat', store: new RedisStore({ client }), userIdOf: ({ passport }) => passport?.user })
 */
export function expressSession<Data = Readonly<Record<string, unknown>>>(options: ExpressSessionOptions<Data>): LegacySource {
  const { name = 'express-session', store } = options
  const secrets = secretsIn(options.secret)
  return Object.freeze<LegacySource>({
    name,
    read(credential) {
      const value = credential.length > MAX_CREDENTIAL ? undefined : decoded(credential)
      if (value === undefined) return undefined
      const id = unsignCookie(value.startsWith(PREFIX) ? value.slice(PREFIX.length) : value, secrets)
      return id === undefined ? undefined : { id }
    },
    async load({ id }) {
      const session = await getFrom(store, id)
      const record = session === undefined ? undefined : recordOf(session, options)
      if (session === undefined || record === undefined) return undefined
      const expiresAt = expiryOf(store, session)
      return { ...(expiresAt === undefined ? {} : { expiresAt }), ...record }
    },
    remove: ({ id }) => destroyIn(store, id),
  })
}
