import { isSessionError, SessionError } from '../errors.js'
import type { IssuedSession, Session } from '../session.js'
import type { AccountEventResult, ChangedSession, Ended, ProofOptions, Sessions, SessionValidationResult } from '../sessions.js'
import { bodyText, impossibleToken, listQuery, named, terminateQuery, userSegment } from './argument.js'
import type { Answer } from './exchange.js'
import { reviveRefusal } from './refusal.js'
import type { Call, Send } from './request.js'
import {
  flag,
  object,
  reviveAnalytics,
  reviveChanged,
  reviveIssued,
  reviveLevel,
  reviveSession,
  reviveSessions,
  reviveTerminated,
} from './revive.js'

type SessionCalls = Pick<
  Sessions,
  | 'validateSession'
  | 'renewSession'
  | 'terminateSession'
  | 'updateSessionContext'
  | 'setSessionPermissions'
  | 'setSessionRoles'
  | 'getSessionAnalytics'
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
      const body = { ...named(tokenOrId), permissions, expiresIn: options?.expiresIn, rotate: options?.rotate }
      const call = to('permissions', tokenOrId, body, readChanged(tokenOrId))
      // A token that is replaced is not good for a second try.
      return await send({ ...call, method: 'PUT', repeatable: options?.rotate !== true, options: ['expiresIn', 'rotate'] })
    },
    async setSessionRoles(tokenOrId, roles, options) {
      demandOpen()
      demandToken(tokenOrId)
      const body = { ...named(tokenOrId), roles, rotate: options?.rotate }
      const call = to('roles', tokenOrId, body, readChanged(tokenOrId))
      return await send({ ...call, method: 'PUT', repeatable: options?.rotate !== true, options: ['rotate'] })
    },
    async getSessionAnalytics(tokenOrId) {
      demandOpen()
      demandToken(tokenOrId)
      return await send(to('analytics', tokenOrId, named(tokenOrId), (answer) => reviveAnalytics(answer.json, 'analytics')))
    },
  }
}

/** The functions that are given a user. */
export function userCalls(send: Send): Pick<Sessions, 'createSession' | 'getActiveSessions' | 'terminateAllUserSessions' | 'accountEvent'> {
  return {
    async createSession(userId, context, options) {
      const secrets = typeof options?.replaces === 'string' && options.replaces !== '' ? [options.replaces] : []
      const body = bodyText({ userId, context, options })
      return await send({ method: 'POST', path: '/sessions', body, secrets, repeatable: false, success: [201], read: readIssued })
    },
    async getActiveSessions(userId, options) {
      const read = (answer: Answer): Session[] => reviveSessions(answer.json, 'answer')
      return await send({
        method: 'GET',
        path: `/users/${userSegment(userId)}/sessions${listQuery(options?.tenant)}`,
        options: ['tenant'],
        secrets: [],
        repeatable: true,
        success: [200],
        read,
      })
    },
    async terminateAllUserSessions(userId, options) {
      const path = `/users/${userSegment(userId)}/sessions${terminateQuery(options?.reason, options?.except, options?.tenant)}`
      const read = (answer: Answer): { readonly terminated: number } & Ended => ({
        terminated: reviveTerminated(answer.json, 'answer'),
        ...readLevel(answer),
      })
      return await send({
        method: 'DELETE',
        path,
        secrets: [],
        repeatable: true,
        success: [200],
        options: ['reason', 'except', 'tenant'],
        read,
      })
    },
    async accountEvent(userId, event, options) {
      const token = options?.currentToken
      const body = bodyText({ event, currentToken: token })
      const read = (answer: Answer): AccountEventResult => {
        const session = object(answer.json, 'answer')['session']
        return {
          terminated: reviveTerminated(answer.json, 'answer'),
          ...readLevel(answer),
          ...(session === undefined ? {} : { session: reviveIssued(session, 'answer.session') }),
        }
      }
      return await send({
        method: 'POST',
        path: `/users/${userSegment(userId)}/events`,
        body,
        secrets: typeof token === 'string' && token !== '' ? [token] : [],
        // The token of the session that stays is replaced.
        repeatable: token === undefined,
        success: [200],
        options: ['currentToken'],
        read,
      })
    },
  }
}

/** A proof counts once: a repetition would be refused as a copy of it. */
const provedOnce = (options: ProofOptions | undefined): { readonly repeatable?: false } =>
  options?.dpop === undefined ? {} : { repeatable: false }

const readChanged =
  (tokenOrId: string) =>
  (answer: Answer): ChangedSession => ({ ...same(tokenOrId, reviveChanged(answer.json, 'session')), ...readLevel(answer) })

export function demandToken(token: unknown): void {
  const error = impossibleToken(token)
  if (error !== undefined) throw error
}

export const readIssued = (answer: Answer): IssuedSession => reviveIssued(answer.json, 'session')

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
