import { z } from '@hono/zod-openapi'
import { type Call, defineCall, type SessionAccess } from '../call.js'
import { VALIDATION_PATH } from '../plain-validation.js'
import { refusal } from '../schemas/problem.js'
import {
  analyticsBody,
  contextBody,
  createBody,
  permissionsBody,
  renewBody,
  terminateBody,
  validateBody,
  type Which,
} from '../schemas/requests.js'
import { analytics, changedSession, issuedSession, session } from '../schemas/session.js'
import { analyticsJson, changedJson, issuedJson, sessionJson, tellLevel, validationJson } from '../wire.js'

/** The functions of the library for applications, one call each. */
export function sessionCalls(service: SessionAccess): readonly Call[] {
  return [
    create(service),
    validate(service),
    renew(service),
    terminate(service),
    changeContext(service),
    setPermissions(service),
    analyse(service),
  ]
}

/** What the schema demands: exactly one of both is there. */
export function tokenOrId(body: Which): string {
  return body.token ?? body.sessionId ?? ''
}

const create = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/sessions',
    who: 'service',
    summary: 'Start a session',
    body: createBody,
    answers: { 201: { description: 'The session with its token.', schema: issuedSession } },
    async run({ c, body: { userId, context = {}, options: { authTime, ...options } = {} } }) {
      const since = authTime === undefined ? {} : { authTime: new Date(authTime) }
      const created = await sessions.createSession(userId, context, { ...options, ...since })
      // For the application to pass on, with the cookie, to a browser that has completed its login.
      const registration = sessions.deviceBound?.registration(created)
      if (registration !== undefined) c.header(registration.name, registration.value)
      return c.json(issuedJson(created), 201)
    },
  })

const validate = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: VALIDATION_PATH,
    who: 'service',
    summary: 'Ask whether a token opens a session now',
    body: validateBody,
    answers: {
      200: {
        description: 'The verdict. With `renewed` the token was renewed on the way: give that one to the client.',
        schema: z
          .strictObject({ isValid: z.boolean(), session: session.optional(), renewed: issuedSession.optional(), error: refusal.optional() })
          .openapi('Validation'),
      },
    },
    async run({ c, body: { token, context, options } }) {
      return c.json(validationJson(await sessions.validateSession(token, context, options)))
    },
  })

const renew = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/sessions/renew',
    who: 'service',
    summary: 'Give a session a new token and more time',
    body: renewBody,
    answers: { 200: { description: 'The session with its new token.', schema: issuedSession } },
    async run({ c, body: { token, context, options } }) {
      return c.json(issuedJson(await sessions.renewSession(token, context, options)))
    },
  })

const terminate = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/sessions/terminate',
    who: 'service',
    summary: 'End a session for good',
    body: terminateBody,
    answers: {
      202: { description: 'Ended, and not yet durable; the header Sojourn-Level says how far it is.' },
      204: { description: 'Ended. Also for a session that is unknown or has ended before.' },
    },
    async run({ c, body }) {
      const { level } = await sessions.terminateSession(tokenOrId(body), body.reason === undefined ? {} : { reason: body.reason })
      return c.body(null, tellLevel(c, level))
    },
  })

const changeContext = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'patch',
    path: '/api/v1/sessions/context',
    who: 'service',
    summary: 'Change parts of the context',
    body: contextBody,
    answers: { 200: { description: 'The session as it is now.', schema: session } },
    async run({ c, body }) {
      const { lastActivity, ...parts } = body.context
      const since = lastActivity === undefined ? {} : { lastActivity: new Date(lastActivity) }
      return c.json(sessionJson(await sessions.updateSessionContext(tokenOrId(body), { ...parts, ...since })))
    },
  })

const setPermissions = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'put',
    path: '/api/v1/sessions/permissions',
    who: 'service',
    summary: 'Set the permissions; those that are added end by themselves',
    body: permissionsBody,
    answers: { 200: { description: 'The session as it is now, with its new token if `rotate` asked for one.', schema: changedSession } },
    async run({ c, body }) {
      const { expiresIn, rotate } = body
      const options = { ...(expiresIn === undefined ? {} : { expiresIn }), ...(rotate === undefined ? {} : { rotate }) }
      const changed = await sessions.setSessionPermissions(tokenOrId(body), body.permissions, options)
      tellLevel(c, changed.level)
      return c.json(changedJson(changed))
    },
  })

const analyse = ({ sessions }: SessionAccess): Call =>
  defineCall({
    method: 'post',
    path: '/api/v1/sessions/analytics',
    who: 'service',
    summary: 'How a session was used',
    body: analyticsBody,
    answers: { 200: { description: 'Duration, requests, addresses and user agents.', schema: analytics } },
    async run({ c, body }) {
      return c.json(analyticsJson(await sessions.getSessionAnalytics(tokenOrId(body))))
    },
  })
