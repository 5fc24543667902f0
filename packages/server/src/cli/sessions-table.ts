import { agentName } from './agent.js'
import { relative } from './relative.js'
import type { SessionRecord } from './session-record.js'
import { type Column, table } from './table.js'
import { shown } from './text.js'

/** Lines of a table of sessions, the titles first. */
export function sessionsTable(sessions: readonly SessionRecord[], now: number, columns: number | undefined): string[] {
  const isMixed = sessions.some(({ status }) => status !== 'active')
  const hasTenants = sessions.some(({ tenant }) => tenant !== null)
  const all: readonly (Column<SessionRecord> | undefined)[] = [
    { title: 'ID', text: ({ id }) => shown(id) },
    { title: 'USER', text: ({ userId }) => shown(userId), least: 8 },
    hasTenants ? { title: 'TENANT', text: ({ tenant }) => shown(tenant ?? ''), least: 6, leaves: 2 } : undefined,
    isMixed ? { title: 'STATUS', text: ({ status }) => status } : undefined,
    { title: 'ACTIVE', text: ({ lastActivity }) => relative(lastActivity, now) },
    { title: 'ENDS', text: (session) => endOf(session, now), leaves: 1 },
    { title: 'ADDRESS', text: ({ context }) => shown(context.ipAddress ?? ''), least: 12, leaves: 3 },
    { title: 'DEVICE', text: ({ context }) => agentName(context.userAgent), least: 10, leaves: 4 },
    { title: 'ROLES', text: ({ roles }) => shown(roles.join(', ')), least: 6, leaves: 5 },
  ]
  return table(
    all.filter((column) => column !== undefined),
    sessions,
    columns ?? Number.POSITIVE_INFINITY,
  )
}

/** When it ends if nobody does anything. */
function endOf({ status, expiresAt, idleExpiresAt }: SessionRecord, now: number): string {
  if (status !== 'active') return ''
  return relative(Date.parse(expiresAt) < Date.parse(idleExpiresAt) ? expiresAt : idleExpiresAt, now)
}
