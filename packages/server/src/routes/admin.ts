import { z } from '@hono/zod-openapi'
import { type Call, defineCall, type Service } from '../call.js'
import { Problem } from '../problem.js'
import { effectiveLimits } from '../schemas/limits.js'
import { nodesAnswer } from '../schemas/nodes.js'
import { endQuery, searchQuery, sessionIdParams } from '../schemas/requests.js'
import { endSessionsBody } from '../schemas/rights.js'
import { session } from '../schemas/session.js'
import { limitsJson, sessionJson, tellLevel } from '../wire.js'
import { within } from '../within.js'

const endedMany = z
  .strictObject({ terminated: z.int(), done: z.boolean().openapi({ description: 'Whether all have ended.' }) })
  .openapi('EndedMany')

/** What operators do with sessions. */
export function adminCalls(service: Service): readonly Call[] {
  return [search(service), show(service), limits(service), end(service), endMany(service), policy(service), nodes(service)]
}

const search = ({ sessions }: Service): Call =>
  defineCall({
    method: 'get',
    path: '/api/v1/admin/sessions',
    who: 'admin',
    summary: 'Walk over the sessions of all users',
    query: searchQuery,
    answers: {
      200: {
        description: 'A page. It may hold fewer sessions than `limit` and still have a `next` one.',
        schema: z.strictObject({ sessions: z.array(session), next: z.string().optional() }).openapi('SessionPage'),
      },
    },
    async run({ c, query }) {
      const { sessions: found, next } = await sessions.searchSessions(query)
      return c.json({ sessions: found.map(sessionJson), ...(next === undefined ? {} : { next }) })
    },
  })

const show = ({ sessions }: Service): Call =>
  defineCall({
    method: 'get',
    path: '/api/v1/admin/sessions/{id}',
    who: 'admin',
    summary: 'One session, in whatever state',
    params: sessionIdParams,
    answers: {
      200: { description: 'The session.', schema: session },
      404: { description: 'There is no session with this id.' },
    },
    async run({ c, params }) {
      const found = await sessions.getSession(params.id)
      if (found === undefined) throw noSuchSession()
      return c.json(sessionJson(found))
    },
  })

const limits = ({ sessions }: Service): Call =>
  defineCall({
    method: 'get',
    path: '/api/v1/admin/sessions/{id}/limits',
    who: 'admin',
    summary: 'The limits that are in force for a session, and the rule that set each',
    params: sessionIdParams,
    answers: {
      200: { description: 'The limits.', schema: effectiveLimits },
      404: { description: 'There is no session with this id, or it was ended.' },
    },
    async run({ c, params }) {
      const found = await sessions.effectiveLimits(params.id)
      if (found === undefined) throw noSuchSession()
      return c.json(limitsJson(found))
    },
  })

const policy = ({ sessions }: Service): Call =>
  defineCall({
    method: 'get',
    path: '/api/v1/admin/policy',
    who: 'admin',
    summary: 'The rules that sessions follow, as a document for people',
    answers: { 200: { description: 'Markdown.', mediaType: 'text/markdown' } },
    run({ c }) {
      c.header('Content-Type', 'text/markdown; charset=utf-8')
      return c.body(sessions.policyDocument())
    },
  })

const nodes = ({ sessions }: Service): Call =>
  defineCall({
    method: 'get',
    path: '/api/v1/admin/nodes',
    who: 'admin',
    summary: 'The nodes that share the store, as this one hears of them, and how this one stands',
    answers: { 200: { description: 'This node, and all that it hears of; none where nothing has to be heard.', schema: nodesAnswer } },
    run({ c }) {
      const { last, longest } = sessions.revocationDelay()
      return c.json({
        mode: sessions.mode(),
        revocationDelay: { last, longest },
        nodes: sessions.nodes().map(({ id, name, isSelf, silentFor, state, lag }) => ({ id, name, isSelf, silentFor, state, lag })),
      })
    },
  })

const end = ({ sessions }: Service): Call =>
  defineCall({
    method: 'delete',
    path: '/api/v1/admin/sessions/{id}',
    who: 'admin',
    summary: 'End a session for good',
    params: sessionIdParams,
    query: endQuery,
    answers: {
      202: { description: 'Ended, and not yet durable; the header Sojourn-Level says how far it is.' },
      204: { description: 'Ended, now or before.' },
      404: { description: 'There is no session with this id.' },
    },
    async run({ c, params, query }) {
      if ((await sessions.getSession(params.id)) === undefined) throw noSuchSession()
      const { level } = await sessions.terminateSession(params.id, { reason: query.reason ?? 'revoked' })
      return c.body(null, tellLevel(c, level))
    },
  })

/** How long a call waits for many sessions to end; what is not ended then is ended in the background. */
const PATIENCE = 10_000

const endMany = ({ sessions, clock, logger }: Service): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/admin/sessions/end',
    who: 'admin',
    summary: 'End all sessions of a user, a tenant, or everybody',
    body: endSessionsBody,
    answers: {
      200: { description: 'All have ended.', schema: endedMany },
      202: { description: 'No login from before counts any more; the sessions are still being ended one by one.', schema: endedMany },
    },
    async run({ c, body: { userId, tenant, reason, except, authTime } }) {
      const what =
        userId !== undefined
          ? { user: userId, ...(tenant === undefined ? {} : { tenant }) }
          : tenant === undefined
            ? { all: true as const }
            : { tenant }
      const parts = { ...(except === undefined ? {} : { except }), ...(authTime === undefined ? {} : { authTime: new Date(authTime) }) }
      let terminated = 0
      const ending = sessions.endSessions(what, { reason, ...parts }, (so) => {
        terminated = so.terminated
      })
      const ended = await within(clock, PATIENCE, ending)
      if (ended !== undefined) {
        tellLevel(c, ended.level)
        return c.json({ terminated: ended.terminated, done: true })
      }
      ending.catch((error: unknown) =>
        logger.warn({ error: String(error) }, 'sessions could not all be ended; it is tried again by itself'),
      )
      return c.json({ terminated, done: false }, 202)
    },
  })

/** 404 and not 401: the caller has proved who they are, and it is another session that is not there. */
export function noSuchSession(): Problem {
  return new Problem(404, 'SESSION_NOT_FOUND', 'There is no session with this id, or it is not yours.')
}
