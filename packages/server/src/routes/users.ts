import { z } from '@hono/zod-openapi'
import { type Call, defineCall, type Service } from '../call.js'
import { terminateAllQuery, userParams } from '../schemas/requests.js'
import { session } from '../schemas/session.js'
import { sessionJson, tellLevel } from '../wire.js'

/** The functions of the library that are about a user. */
export function userCalls(service: Service): readonly Call[] {
  return [list(service), terminateAll(service)]
}

const list = ({ sessions }: Service): Call =>
  defineCall({
    method: 'get',
    path: '/api/v1/users/{userId}/sessions',
    who: 'service',
    summary: 'The sessions of a user that can be used now, oldest first',
    params: userParams,
    answers: { 200: { description: 'The sessions.', schema: z.strictObject({ sessions: z.array(session) }).openapi('Sessions') } },
    async run({ c, params }) {
      const found = await sessions.getActiveSessions(params.userId)
      return c.json({ sessions: found.map(sessionJson) })
    },
  })

const terminateAll = ({ sessions }: Service): Call =>
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
