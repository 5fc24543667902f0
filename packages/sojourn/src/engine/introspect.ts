import type { Introspection } from '../manager.js'
import type { Engine } from './engine.js'
import { readTicket } from './read-ticket.js'
import { subjectOf } from './subject-of.js'
import { validate } from './validate.js'

/**
 * What RFC 7662 asks about a token. A refresh token is not active: a resource server that asks wants to know whether it may
 * let somebody in, and with that token it may not.
 */
export async function introspect(engine: Engine, token: unknown): Promise<Introspection> {
  // The answer has no room for a new token, so none is made; who asks demands the proof by `cnf` (RFC 9449 6.2).
  const result = await validate(engine, token, undefined, { renew: false, dpop: 'left-to-caller' })
  if (!result.isValid) return { active: false }
  const { session } = result
  const ticket = await readTicket(engine, token)
  const { expires: ends, issued = undefined } = typeof ticket === 'string' ? {} : ticket
  const { jwt } = engine.settings.tokens
  const isJwt = jwt !== undefined && typeof token === 'string' && token.includes('.')
  return {
    active: true,
    session,
    subject: isJwt ? subjectOf(engine, session.userId) : session.userId,
    issuedAt: issued === undefined ? session.createdAt : new Date(issued * 1_000),
    expiresAt: ends === undefined ? session.expiresAt : new Date(Math.min(ends * 1_000, session.expiresAt.getTime())),
    ...(isJwt ? { issuer: jwt.issuer, audience: jwt.audience, clientId: jwt.clientId } : {}),
  }
}
