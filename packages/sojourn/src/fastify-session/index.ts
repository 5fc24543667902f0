import type { CallbackStore } from '../express-session/callback-store.js'
import { sojournStore } from '../express-session/sojourn-store.js'
import { type FastifySessionOptions, fastifySettings } from './options.js'
import { addSessions, type FastifyInstanceParts } from './plugin.js'
import type { FastifySession } from './session.js'

export type { FastifySessionCookie } from './cookie.js'
export type { CookieSigner, FastifyCookieOptions, FastifySessionOptions, FastifySessionRequest } from './options.js'
export type { FastifySession } from './session.js'

/** What the plugin puts on a request: `declare module 'fastify' { interface FastifyRequest extends RequestSession {} }`. */
export interface RequestSession {
  session: FastifySession & Record<string, unknown>
  readonly sessionStore: CallbackStore
}

/** Fits `app.register` of Fastify 5; the package itself is not needed for its types. */
type Plugin = (app: object, options: FastifySessionOptions, done: (error?: Error) => void) => void

/**
 * In the place of `@fastify/session`, with the same options and the same `request.session`: register `@fastify/cookie`
 * before it. A session that was destroyed stays destroyed, requests that run at the same time do not lose each other's keys,
 * and ids are hashed at rest. `require` gives the plugin itself. What cannot be meant is an error of the registration.
 *
 * @example
 * await app.register(fastifyCookie)
 * await app.register(fastifySession, { secret: 'at least 32 characters, all of them secret', storage })
 */
const fastifySession: Plugin = Object.assign(
  ((app, options, done) => {
    try {
      const settings = fastifySettings(options)
      addSessions(app as FastifyInstanceParts, options.store ?? sojournStore(options), settings)
      done()
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
    }
  }) satisfies Plugin,
  {
    // What fastify-plugin does: the hooks are for the instance that registers it and not for a new one inside.
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'sojourn/fastify-session',
    [Symbol.for('plugin-meta')]: { fastify: '5.x', name: 'sojourn/fastify-session', dependencies: ['@fastify/cookie'] },
  },
)

export default fastifySession
