import { isSessionError, SessionError } from '../errors.js'
import type { Ended, IssuedSession, ProofOptions, Session, Sessions, SessionValidationResult } from '../sessions.js'
import { bodyText, impossibleToken, named, terminateQuery, userSegment } from './argument.js'
import type { Answer } from './exchange.js'
import { reviveRefusal } from './refusal.js'
import type { Call, Send } from './request.js'
import { flag, object, reviveAnalytics, reviveIssued, reviveLevel, reviveSession, reviveSessions, reviveTerminated } from './revive.js'

type SessionCalls = Pick<
  Sessions,
  'validateSession' | 'renewSession' | 'terminateSession' | 'updateSessionContext' | 'setSessionPermissions' | 'getSessionAnalytics'
>

/**
 * The functions that are given a token. What cannot be one is refused here, without a request.
 *
 * @param demandOpen throws once the client is closed
 */
export function sessionCalls(send: Send, demandOpen: () => void, serviceKey: string): SessionCalls {
  /** All of these can be repeated: they end, set or compute the same thing again (guarantees P2, P6). */
  const to = <T>(path: string, token: string, parts: Readonly<Record<string, unknown>>, read: Call<T>['read']): Call<T> => {
    const secrets = token.startsWith('sid_') ? [] : [token]
    return { method: 'POST', path: `/sessions/${path}`, body: bodyText(parts), secrets, repeatable: true, success: [200], read }
  }
  return {
    async validateSession(token, context, options) {
      demandOpen()
      const error = impossibleToken(token)
      if (error !== undefined) return { isValid: false, error }
      try {
        const call = to('validate', token, { token, context, options }, (answer) => readVerdict(answer, [serviceKey, token]))
        return await send({ ...call, ...provedOnce(options) })
      } catch (refusal) {
        // A refusal is a value here, also that of a context which came from the client as it was.
        if (isSessionError(refusal) && refusal.code === 'INVALID_ARGUMENT') return { isValid: false, error: refusal }
        throw refusal
      }
    },
    async renewSession(token, context, options) {
      demandOpen()
      demandToken(token)
      return await send({ ...to('renew', token, { token, context, options }, readIssued), ...provedOnce(options) })
    },
    async terminateSession(tokenOrId, options) {
      demandOpen()
      // Nobody means this, and an answer would be taken for "logged out".
      if (typeof tokenOrId !== 'string')
        throw new SessionError('INVALID_ARGUMENT', 'Give terminateSession a token or an id (sid_…).', { path: 'token' })
      // Nothing can exist under what is no token, so it has ended everywhere.
      if (impossibleToken(tokenOrId) !== undefined) return { level: 'everywhere' }
      const call = to('terminate', tokenOrId, { ...named(tokenOrId), reason: options?.reason }, readLevel)
      return await send({ ...call, success: [204, 202], options: ['reason'] })
    },
    async updateSessionContext(tokenOrId, changes) {
      demandOpen()
      demandToken(tokenOrId)
      const read = (answer: Answer): Session => same(tokenOrId, reviveSession(answer.json, 'session'))
      return await send({ ...to('context', tokenOrId, { ...named(tokenOrId), context: changes }, read), method: 'PATCH' })
    },
    async setSessionPermissions(tokenOrId, permissions, options) {
      demandOpen()
      demandToken(tokenOrId)
      const read = (answer: Answer): Session & Ended => ({
        ...same(tokenOrId, reviveSession(answer.json, 'session')),
        ...readLevel(answer),
      })
      const body = { ...named(tokenOrId), permissions, expiresIn: options?.expiresIn }
      return await send({ ...to('permissions', tokenOrId, body, read), method: 'PUT', options: ['expiresIn'] })
    },
    async getSessionAnalytics(tokenOrId) {
      demandOpen()
      demandToken(tokenOrId)
      return await send(to('analytics', tokenOrId, named(tokenOrId), (answer) => reviveAnalytics(answer.json, 'analytics')))
    },
  }
}

/** The functions that are given a user. */
export function userCalls(send: Send): Pick<Sessions, 'createSession' | 'getActiveSessions' | 'terminateAllUserSessions'> {
  return {
    async createSession(userId, context, options) {
      const secrets = typeof options?.replaces === 'string' && options.replaces !== '' ? [options.replaces] : []
      const body = bodyText({ userId, context, options })
      return await send({ method: 'POST', path: '/sessions', body, secrets, repeatable: false, success: [201], read: readIssued })
    },
    async getActiveSessions(userId) {
      const read = (answer: Answer): Session[] => reviveSessions(answer.json, 'answer')
      return await send({
        method: 'GET',
        path: `/users/${userSegment(userId)}/sessions`,
        secrets: [],
        repeatable: true,
        success: [200],
        read,
      })
    },
    async terminateAllUserSessions(userId, options) {
      const path = `/users/${userSegment(userId)}/sessions${terminateQuery(options?.reason, options?.except)}`
      const read = (answer: Answer): { readonly terminated: number } & Ended => ({
        terminated: reviveTerminated(answer.json, 'answer'),
        ...readLevel(answer),
      })
      return await send({ method: 'DELETE', path, secrets: [], repeatable: true, success: [200], options: ['reason', 'except'], read })
    },
  }
}

/** A proof counts once: a repetition would be refused as a copy of it. */
const provedOnce = (options: ProofOptions | undefined): { readonly repeatable?: false } =>
  options?.dpop === undefined ? {} : { repeatable: false }

function demandToken(token: unknown): void {
  const error = impossibleToken(token)
  if (error !== undefined) throw error
}

const readIssued = (answer: Answer): IssuedSession => reviveIssued(answer.json, 'session')

const readLevel = (answer: Answer): Ended => ({ level: reviveLevel(answer.header('sojourn-level'), 'Sojourn-Level') })

/** An answer about another session than the one that was named is none. */
function same(tokenOrId: string, session: Session): Session {
  if (tokenOrId.startsWith('sid_') && session.id !== tokenOrId) throw new TypeError('session.id is another one than was asked for')
  return session
}

function readVerdict(answer: Answer, secrets: readonly string[]): SessionValidationResult {
  const json = object(answer.json, 'answer')
  if (!flag(json['isValid'], 'answer.isValid')) {
    const error = reviveRefusal(json['error'], secrets)
    if (error === undefined) throw new TypeError('answer.error is missing or not what the service promises')
    // Guarantee P9: an outage is never a verdict about the session, whatever the answer is wrapped in.
    if (error.status >= 500) throw error
    return { isValid: false, error }
  }
  const session = reviveSession(json['session'], 'answer.session')
  if (session.status !== 'active') throw new TypeError('answer.session.status contradicts answer.isValid')
  if (json['renewed'] === undefined) return { isValid: true, session }
  const renewed = reviveIssued(json['renewed'], 'answer.renewed')
  if (renewed.id !== session.id) throw new TypeError('answer.renewed.id is another one than answer.session.id')
  return { isValid: true, session, renewed }
}
