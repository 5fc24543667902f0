import { mac } from '../crypto/hash.js'
import type { SessionEvent } from '../events/event.js'
import type { Engine } from './engine.js'

/** The pseudonym of a user id or an address in events and audit records. */
export function pseudonym(engine: Pick<Engine, 'keys'>, kind: 'user' | 'address', value: string): string {
  // 132 bits: equal by chance never, and half as long to store and to read.
  return mac(engine.keys.pseudonym, kind, value).slice(0, 22)
}

export interface Happening extends Omit<SessionEvent, 'time' | 'source' | 'tenant'> {
  readonly userId?: string
  readonly ipAddress?: string | undefined
  readonly tenant?: string | null
}

/** Tells the process and the audit log what happened. Resolves when the record is durable or safely kept; never rejects. */
export async function publish(
  engine: Pick<Engine, 'keys' | 'clock' | 'metrics' | 'events' | 'audit'>,
  happening: Happening,
): Promise<void> {
  const { type } = happening
  if (type.startsWith('security.')) engine.metrics.count('sojourn_security_events_total', `kind="${type.slice('security.'.length)}"`)
  // Two pseudonyms cost as much as the rest of a login's own work.
  if (!engine.audit.isKept && !engine.events.isHeard()) return
  const { userId, ipAddress, tenant, ...rest } = happening
  const event: SessionEvent = Object.freeze({
    ...rest,
    time: engine.clock.now(),
    ...(userId === undefined || userId === '' ? {} : { subject: pseudonym(engine, 'user', userId) }),
    ...(ipAddress === undefined ? {} : { source: pseudonym(engine, 'address', ipAddress) }),
    ...(tenant === undefined || tenant === null ? {} : { tenant }),
  })
  engine.events.publish(event)
  await engine.audit.record(event)
}
