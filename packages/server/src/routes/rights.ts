import { z } from '@hono/zod-openapi'
import { type Call, defineCall, type SessionAccess } from '../call.js'
import { grantBody, reauthenticateBody, rolesBody, useGrantBody } from '../schemas/rights.js'
import { changedSession, issuedSession } from '../schemas/session.js'
import { changedJson, issuedJson, tellLevel } from '../wire.js'
import { tokenOrId } from './sessions.js'

/** The functions of the library about who a user has proved to be, and what that allows. */
export function rightsCalls(service: SessionAccess): readonly Call[] {
  return [reauthenticate(service), setRoles(service), grant(service), useGrant(service)]
}

const reauthenticate = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/sessions/reauthenticate',
    who: 'service',
    summary: 'Note that the user has proved again who they are',
    body: reauthenticateBody,
    answers: { 200: { description: 'The session with its new token; the old one ended at once.', schema: issuedSession } },
    async run({ c, body: { token, context, options: { authTime, ...options } = {} } }) {
      const since = authTime === undefined ? {} : { authTime: new Date(authTime) }
      return c.json(issuedJson(await sessions.reauthenticateSession(token, context, { ...options, ...since })))
    },
  })

const setRoles = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'put',
    path: '/api/v1/sessions/roles',
    who: 'service',
    summary: 'Set the roles',
    body: rolesBody,
    answers: { 200: { description: 'The session as it is now, with its new token if `rotate` asked for one.', schema: changedSession } },
    async run({ c, body }) {
      const options = body.rotate === undefined ? {} : { rotate: body.rotate }
      const changed = await sessions.setSessionRoles(tokenOrId(body), body.roles, options)
      tellLevel(c, changed.level)
      return c.json(changedJson(changed))
    },
  })

const grant = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/sessions/grants',
    who: 'service',
    summary: 'Allow one operation once',
    body: grantBody,
    answers: {
      201: {
        description: 'The secret that allows it. It is told this once.',
        schema: z.strictObject({ grant: z.string(), expiresAt: z.iso.datetime() }).openapi('OperationGrant'),
      },
    },
    async run({ c, body: { token, ...options } }) {
      return c.json(await sessions.grantOperation(token, options), 201)
    },
  })

const useGrant = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/sessions/grants/use',
    who: 'service',
    summary: 'Use up what allows an operation',
    body: useGrantBody,
    answers: {
      204: { description: 'The operation is allowed, now and not again.' },
      403: { description: 'It is not, or not any more.' },
    },
    async run({ c, body: { token, grant: secret, ...operation } }) {
      await sessions.useGrant(token, secret, operation)
      return c.body(null, 204)
    },
  })
