import type { Millis } from '../clock.js'
import { effectiveEnds, limitsOf } from '../policy/lifetime.js'
import { shownPlace } from '../policy/place.js'
import type { IssuedSession, Session, SessionContext, SessionStatus } from '../session.js'
import type { Settings } from '../settings.js'
import type { Ticket } from '../token/ticket.js'
import type { Engine } from './engine.js'
import type { EndedRecord, LiveRecord } from './record.js'
import { publicId } from './row.js'

function statusOf(now: Millis, ends: { readonly expires: Millis; readonly idle: Millis }): SessionStatus {
  return now >= ends.expires || now >= ends.idle ? 'expired' : 'active'
}

/** When the elevated permissions of a session end: as was said when they were given, or earlier by a limit that holds now. */
function elevatedUntil(settings: Settings, record: LiveRecord): Millis {
  const { until = 0, since = until } = record.elevation ?? {}
  return Math.min(until, since + limitsOf(settings, record).longestElevation)
}

/** Lasting permissions, and elevated ones while their time runs. */
export function permissionsAt(settings: Settings, record: LiveRecord, now: Millis): readonly string[] {
  const { elevation } = record
  if (elevation === undefined || now >= elevatedUntil(settings, record)) return record.permissions
  return [...new Set([...record.permissions, ...elevation.permissions])]
}

/** The context, with the place that was found out where the application named none. */
function contextOf({ context, seen }: LiveRecord): SessionContext {
  const location = context.location === undefined ? shownPlace(seen?.place) : undefined
  return location === undefined ? context : { ...context, location }
}

/** A view under construction. */
type Draft<View> = { -readonly [Field in keyof View]: View[Field] }

/** A session as its users see it. */
export function viewOf(settings: Settings, rowId: string, record: LiveRecord, now: Millis): Draft<Session> {
  const ends = effectiveEnds(settings, record)
  const view: Draft<Session> = {
    id: publicId(rowId),
    userId: record.userId,
    kind: record.stage ?? 'user',
    createdAt: new Date(record.createdAt),
    expiresAt: new Date(ends.expires),
    idleExpiresAt: new Date(ends.idle),
    absoluteExpiresAt: new Date(ends.absolute),
    lastActivity: new Date(record.lastActivity),
    authTime: new Date(record.authTime),
    context: contextOf(record),
    permissions: [...permissionsAt(settings, record, now)],
    roles: [...record.roles],
    rememberMe: record.rememberMe,
    renewals: record.renewals,
    tenant: record.tenant,
    data: record.data,
    status: statusOf(now, ends),
  }
  const { actor, acr, amr, device, elevation, cnf, boundTo } = record
  if (actor !== undefined) view.actor = actor
  if (acr !== undefined) view.acr = acr
  if (amr !== undefined) view.amr = [...amr]
  if (device !== undefined) view.device = device
  if (elevation !== undefined && now < elevatedUntil(settings, record)) view.elevatedUntil = new Date(elevatedUntil(settings, record))
  if (cnf !== undefined) view.confirmation = cnf
  if (boundTo !== undefined) view.deviceBoundSince = new Date(boundTo.at)
  return view
}

/** The same, with the tokens of its current ticket. */
export function issuedView(engine: Pick<Engine, 'settings' | 'clock' | 'tickets'>, record: LiveRecord, ticket: Ticket): IssuedSession {
  return Object.assign(viewOf(engine.settings, ticket.rowId, record, engine.clock.now()), engine.tickets.issue(record, ticket))
}

/** What can still be said about a session that was ended. */
export function endedView(rowId: string, record: EndedRecord): Session {
  const endedAt = new Date(record.endedAt)
  return {
    id: publicId(rowId),
    userId: record.userId,
    kind: record.stage ?? 'user',
    ...(record.actor === undefined ? {} : { actor: record.actor }),
    createdAt: new Date(record.createdAt),
    expiresAt: endedAt,
    idleExpiresAt: endedAt,
    absoluteExpiresAt: endedAt,
    lastActivity: new Date(record.lastActivity),
    authTime: new Date(record.authTime),
    context: {},
    permissions: [],
    roles: [],
    rememberMe: record.rememberMe,
    renewals: record.renewals,
    tenant: record.tenant,
    data: {},
    status: 'ended',
  }
}
