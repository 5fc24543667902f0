import { z } from '@hono/zod-openapi'
import { requireRecentAuth } from 'sojourn'
import { type Call, defineUserCall, type Service } from '../call.js'
import { callerContext } from '../caller-context.js'
import { clearSessionCookie, setSessionCookie } from '../cookies.js'
import { endOwnSessions, ownSessions } from '../own-sessions.js'
import { proofsOf, tellNonce } from '../proofs.js'
import { ownRevokeBody } from '../schemas/requests.js'
import { issuedSession, ownSession, session } from '../schemas/session.js'
import { signedIn, takeDeadCookie } from '../signed-in.js'
import { issuedJson, sessionJson, tellLevel } from '../wire.js'
import { noSuchSession } from './admin.js'

/** How old a login may be with which somebody ends other sessions of theirs, where nothing else is configured. */
const RECENT_AUTH = 300_000

/** What a signed-in user does with their own sessions. */
export function authCalls(service: Service): readonly Call[] {
  return [current(service), list(service), refresh(service), revoke(service), logout(service)]
}

const current = (service: Service): Call =>
  defineUserCall({
    method: 'get',
    path: '/api/v1/auth/session',
    summary: 'My session',
    answers: { 200: { description: 'The session of the token.', schema: session } },
    async run({ c, presented }) {
      return c.json(sessionJson(await signedIn(service, c, presented)))
    },
  })

const list = (service: Service): Call =>
  defineUserCall({
    method: 'get',
    path: '/api/v1/auth/sessions',
    summary: 'My sessions on all devices',
    answers: {
      200: {
        description: 'All that can be used now, oldest first.',
        schema: z.strictObject({ sessions: z.array(ownSession) }).openapi('OwnSessions'),
      },
    },
    async run({ c, presented }) {
      const mine = await signedIn(service, c, presented)
      const all = await ownSessions(service, mine)
      return c.json({ sessions: all.map((one) => ({ ...sessionJson(one), current: one.id === mine.id })) })
    },
  })

const refresh = (service: Service): Call =>
  defineUserCall({
    method: 'post',
    path: '/api/v1/auth/sessions/refresh',
    summary: 'Renew my session',
    answers: {
      200: {
        description: 'With the new token, which a caller with a cookie gets as the cookie and not in the body.',
        schema: z.union([issuedSession, session]),
      },
    },
    // Not validated first: a session whose life has just ended can still be renewed, and a validation would renew it by itself.
    async run({ c, presented }) {
      const { sessions } = service
      try {
        const renewed = await sessions.renewSession(presented.token, callerContext(service, c), proofsOf(service, c, presented))
        tellNonce(service, c, presented)
        if (presented.transport !== 'cookie') return c.json(issuedJson(renewed))
        setSessionCookie(service, c, renewed)
        return c.json(sessionJson(renewed))
      } catch (error) {
        takeDeadCookie(service, c, presented, error)
        throw error
      }
    },
  })

const revoke = (service: Service): Call =>
  defineUserCall({
    method: 'post',
    path: '/api/v1/auth/sessions/revoke',
    summary: 'End one of my sessions, all others, or all',
    body: ownRevokeBody,
    answers: {
      200: {
        description: 'For `scope`: how many sessions were ended.',
        schema: z.strictObject({ terminated: z.int() }).openapi('Terminated'),
      },
      202: { description: 'For `sessionId`: ended, and not yet durable; the header Sojourn-Level says how far it is.' },
      204: { description: 'For `sessionId`: ended.' },
      404: { description: 'No session of this user has this id.' },
    },
    async run({ c, presented, body }) {
      const mine = await signedIn(service, c, presented)
      // Whoever has stolen a session must not be able to log its owner out (ASVS 7.5.2).
      if (body.sessionId !== mine.id) requireRecentAuth(mine, { maxAge: service.settings.recentAuth ?? RECENT_AUTH }, service.clock)
      return body.sessionId === undefined ? await endSeveral(body.scope === 'others' ? mine.id : undefined) : await endOne(body.sessionId)

      async function endOne(id: string): Promise<Response> {
        const other = await service.sessions.getSession(id)
        // One answer for a foreign session and for none, so that ids cannot be tried (CVE-2017-18878).
        if (other === undefined || other.userId !== mine.userId || other.tenant !== mine.tenant) throw noSuchSession()
        const { level } = await service.sessions.terminateSession(id, { reason: id === mine.id ? 'logout' : 'revoked' })
        if (id === mine.id) clearIfCookie()
        return c.body(null, tellLevel(c, level))
      }

      async function endSeveral(except: string | undefined): Promise<Response> {
        const { terminated, level } = await endOwnSessions(service, mine, except)
        if (except === undefined) clearIfCookie()
        tellLevel(c, level)
        return c.json({ terminated })
      }

      function clearIfCookie(): void {
        if (presented.transport === 'cookie') clearSessionCookie(service, c)
      }
    },
  })

/** Refusals of a token that never was one of ours, as far as can be told. */
const UNKNOWN: ReadonlySet<string> = new Set(['TOKEN_MALFORMED', 'TOKEN_INVALID', 'SESSION_NOT_FOUND', 'RATE_LIMITED'])

const logout = (service: Service): Call =>
  defineUserCall({
    method: 'post',
    path: '/api/v1/auth/logout',
    summary: 'Log out on this device',
    answers: {
      202: { description: 'Logged out, and not yet durable; the header Sojourn-Level says how far it is.' },
      204: { description: 'Logged out. Also when the session had ended before.' },
    },
    async run({ c, presented }) {
      const { sessions } = service
      const verdict = await sessions.validateSession(presented.token, callerContext(service, c), { activity: false, renew: false })
      if (!verdict.isValid && UNKNOWN.has(verdict.error.code)) {
        takeDeadCookie(service, c, presented, verdict.error)
        throw verdict.error
      }
      const { level } = await sessions.terminateSession(presented.token, { reason: 'logout' })
      if (presented.transport === 'cookie') clearSessionCookie(service, c)
      return c.body(null, tellLevel(c, level))
    },
  })
