import { z } from '@hono/zod-openapi'
import { type Call, defineCall, type Service } from '../call.js'
import { Problem } from '../problem.js'
import { effectiveLimits } from '../schemas/limits.js'
import { endQuery, searchQuery, sessionIdParams } from '../schemas/requests.js'
import { session } from '../schemas/session.js'
import { limitsJson, sessionJson, tellLevel } from '../wire.js'

/** What operators do with sessions. */
export function adminCalls(service: Service): readonly Call[] {
  return [search(service), show(service), limits(service), end(service), policy(service)]
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

/** 404 and not 401: the caller has proved who they are, and it is another session that is not there. */
export function noSuchSession(): Problem {
  return new Problem(404, 'SESSION_NOT_FOUND', 'There is no session with this id, or it is not yours.')
}
