import { CommandError, EXIT } from '../exit.js'
import type { Io } from '../io.js'
import { paint } from '../paint.js'
import { relative } from '../relative.js'
import type { SessionRecord } from '../session-record.js'
import type { Target } from '../target.js'
import { jsonLine, shown } from '../text.js'

/** `sojourn sessions show`. */
export async function sessionsShow(io: Io, target: Target, id: string, options: { readonly json?: boolean }): Promise<void> {
  const [session] = await target.find([id])
  if (session === undefined) throw new CommandError(EXIT.notFound, `There is no session ${shown(id)} in ${target.name}.`)
  if (options.json === true) return io.out(jsonLine(session))
  const style = paint(io)
  const lines = linesOf(session, io.clock.now())
  const width = Math.max(...lines.map(([name]) => name.length))
  await io.out(lines.map(([name, text]) => `${style('bold', name.padEnd(width))}  ${text}\n`).join(''))
}

function linesOf(session: SessionRecord, now: number): (readonly [string, string])[] {
  const { context, tenant, elevatedUntil, acr, amr, data } = session
  const when = (instant: string): string => `${instant}  (${relative(instant, now)})`
  const optional = (name: string, text: string | undefined): (readonly [string, string])[] =>
    text === undefined || text === '' ? [] : [[name, shown(text)]]
  return [
    ['id', shown(session.id)],
    ['user', shown(session.userId)],
    ...(session.kind === 'user' ? [] : [['kind', session.kind] as const]),
    ...optional('acted by', session.actor),
    ...optional('tenant', tenant ?? undefined),
    ['status', session.status],
    ['created', when(session.createdAt)],
    ['logged in', when(session.authTime)],
    ['last active', when(session.lastActivity)],
    ...(session.status === 'active' ? endsOf(session, when) : []),
    ['renewed', `${session.renewals}×`],
    ['remembered', session.rememberMe ? 'yes' : 'no'],
    ...optional('roles', session.roles.join(', ')),
    ...optional('permissions', session.permissions.join(', ')),
    ...(elevatedUntil === undefined ? [] : [['elevated until', when(elevatedUntil)] as const]),
    ...optional('acr', acr),
    ...optional('amr', amr?.join(', ')),
    ...optional('address', context.ipAddress),
    ...optional('user agent', context.userAgent),
    ...optional('device id', context.deviceId),
    ...optional('location', typeof context.location === 'object' ? Object.values(context.location).join(', ') : context.location),
    ...(Object.keys(data).length === 0 ? [] : [['data', jsonLine(data).trimEnd()] as const]),
  ]
}

function endsOf(session: SessionRecord, when: (instant: string) => string): (readonly [string, string])[] {
  return [
    ['ends if unused', when(session.idleExpiresAt)],
    ['ends', when(session.expiresAt)],
    ['ends at last', when(session.absoluteExpiresAt)],
  ]
}
