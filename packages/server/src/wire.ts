import type { Context } from 'hono'
import type {
  ChangedSession,
  Device,
  EffectiveLimits,
  IssuedSession,
  Level,
  Session,
  SessionAnalytics,
  SessionValidationResult,
} from 'sojourn'
import { errorMembers } from 'sojourn/http'

type Json = Readonly<Record<string, unknown>>

/** A session as JSON, field by field: what a later version adds to it does not leave the house unseen. */
export function sessionJson(session: Session): Json {
  const { id, userId, kind, actor, createdAt, expiresAt, idleExpiresAt, absoluteExpiresAt, lastActivity, authTime, acr, amr } = session
  const { context, device, permissions, elevatedUntil, roles, rememberMe, renewals, tenant, data, status } = session
  const { confirmation, deviceBoundSince } = session
  return {
    id,
    userId,
    kind,
    actor,
    createdAt,
    expiresAt,
    idleExpiresAt,
    absoluteExpiresAt,
    lastActivity,
    authTime,
    acr,
    amr,
    context,
    device,
    permissions,
    elevatedUntil,
    roles,
    rememberMe,
    renewals,
    tenant,
    data,
    status,
    confirmation,
    deviceBoundSince,
  }
}

/** The same with the token that opens it, and the one that renews it where that is another. */
export function issuedJson(session: IssuedSession): Json {
  const { token, refreshToken } = session
  return { ...sessionJson(session), token, ...(refreshToken === undefined ? {} : { refreshToken }) }
}

/** The same with the token, if there is a new one. */
export function changedJson(session: ChangedSession): Json {
  return { ...sessionJson(session), token: session.token }
}

/** The verdict about a token. */
export function validationJson(result: SessionValidationResult): Json {
  if (!result.isValid) {
    const { error } = result
    return { isValid: false, error: { code: error.code, status: error.status, message: error.message, ...errorMembers(error) } }
  }
  const { session, renewed } = result
  return { isValid: true, session: sessionJson(session), ...(renewed === undefined ? {} : { renewed: issuedJson(renewed) }) }
}

export function analyticsJson(analytics: SessionAnalytics): Json {
  const { sessionId, duration, createdAt, lastActivity, requestCount, renewals, ipAddresses, userAgents } = analytics
  return { sessionId, duration, createdAt, lastActivity, requestCount, renewals, ipAddresses, userAgents }
}

export function limitsJson(limits: EffectiveLimits): Json {
  const { sessionId, roles, rememberMe, idleTimeout, sessionLifetime, maxSessionDuration, absoluteTimeout } = limits
  const { maxConcurrentSessions, maxRenewals, gracePeriod, elevationDuration, requireReauthAfter } = limits
  return {
    sessionId,
    roles,
    rememberMe,
    idleTimeout,
    sessionLifetime,
    maxSessionDuration,
    absoluteTimeout,
    maxConcurrentSessions,
    maxRenewals,
    gracePeriod,
    elevationDuration,
    requireReauthAfter,
  }
}

/** A device as JSON, field by field. */
export function deviceJson(device: Device): Json {
  const { id, label, firstSeen, lastSeen, lastPlace, trusted, sessions } = device
  return { id, label, class: device.class, firstSeen, lastSeen, lastPlace, trusted, sessions }
}

/** Tells how far a change had got; the status for an answer without a body: 204 once it is durable, 202 before. */
export function tellLevel(c: Context, level: Level): 202 | 204 {
  c.header('Sojourn-Level', level)
  return level === 'durable' || level === 'everywhere' ? 204 : 202
}
