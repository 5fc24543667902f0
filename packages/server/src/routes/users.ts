import { z } from '@hono/zod-openapi'
import { type Call, defineCall, type SessionAccess } from '../call.js'
import { listQuery, terminateAllQuery, userParams } from '../schemas/requests.js'
import { accountEventBody } from '../schemas/rights.js'
import { issuedSession, session } from '../schemas/session.js'
import { issuedJson, sessionJson, tellLevel } from '../wire.js'

/** The functions of the library that are about a user. */
export function userCalls(service: SessionAccess): readonly Call[] {
  return [list(service), terminateAll(service), accountEvent(service)]
}

const list = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'get',
    path: '/api/v1/users/{userId}/sessions',
    who: 'service',
    summary: 'The sessions of a user that can be used now, oldest first',
    params: userParams,
    query: listQuery,
    answers: { 200: { description: 'The sessions.', schema: z.strictObject({ sessions: z.array(session) }).openapi('Sessions') } },
    async run({ c, params, query }) {
      const found = await sessions.getActiveSessions(params.userId, query)
      return c.json({ sessions: found.map(sessionJson) })
    },
  })

const terminateAll = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'delete',
    path: '/api/v1/users/{userId}/sessions',
    who: 'service',
    summary: 'Log a user out everywhere, or everywhere else',
    params: userParams,
    query: terminateAllQuery,
    answers: {
      200: { description: 'How many sessions were ended.', schema: z.strictObject({ terminated: z.int() }).openapi('Terminated') },
    },
    async run({ c, params, query }) {
      const { terminated, level } = await sessions.terminateAllUserSessions(params.userId, query)
      tellLevel(c, level)
      return c.json({ terminated })
    },
  })

const accountEvent = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/users/{userId}/events',
    who: 'service',
    summary: 'Tell what happened to an account, so that sessions end that must not go on',
    params: userParams,
    body: accountEventBody,
    answers: {
      200: {
        description: 'How many sessions were ended, and the one that stayed with its new token.',
        schema: z.strictObject({ terminated: z.int(), session: issuedSession.optional() }).openapi('AccountEventResult'),
      },
    },
    async run({ c, params, body }) {
      const options = body.currentToken === undefined ? {} : { currentToken: body.currentToken }
      const { terminated, level, session: stayed } = await sessions.accountEvent(params.userId, body.event, options)
      tellLevel(c, level)
      return c.json({ terminated, ...(stayed === undefined ? {} : { session: issuedJson(stayed) }) })
    },
  })
