import type { Session } from 'sojourn'
import { instantText } from './instant-text.js'

const instantOr = (name: string, date: Date | undefined): string => (date === undefined ? '' : `,"${name}":${instantText(date)}`)
const valueOr = (name: string, value: unknown): string => (value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`)

/**
 * The text of `sessionJson`, put together by hand: the generic way asks each of two dozen fields what it is, and each date
 * for its text, which is a third of the price of the busiest call.
 */
export function sessionText(session: Session): string {
  const { id, userId, kind, actor, createdAt, expiresAt, idleExpiresAt, absoluteExpiresAt, lastActivity, authTime, acr, amr } = session
  const { context, device, permissions, elevatedUntil, roles, rememberMe, renewals, tenant, data, status } = session
  const { confirmation, deviceBoundSince } = session
  return (
    `{"id":${JSON.stringify(id)},"userId":${JSON.stringify(userId)},"kind":"${kind}"${valueOr('actor', actor)}` +
    `,"createdAt":${instantText(createdAt)},"expiresAt":${instantText(expiresAt)},"idleExpiresAt":${instantText(idleExpiresAt)}` +
    `,"absoluteExpiresAt":${instantText(absoluteExpiresAt)},"lastActivity":${instantText(lastActivity)},"authTime":${instantText(authTime)}` +
    `${valueOr('acr', acr)}${valueOr('amr', amr)},"context":${JSON.stringify(context)}${valueOr('device', device)}` +
    `,"permissions":${JSON.stringify(permissions)}${instantOr('elevatedUntil', elevatedUntil)},"roles":${JSON.stringify(roles)}` +
    `,"rememberMe":${rememberMe},"renewals":${renewals},"tenant":${JSON.stringify(tenant)},"data":${JSON.stringify(data)},"status":"${status}"` +
    `${valueOr('confirmation', confirmation)}${instantOr('deviceBoundSince', deviceBoundSince)}}`
  )
}
