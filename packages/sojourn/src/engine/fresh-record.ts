import type { Millis } from '../clock.js'
import { sha256 } from '../crypto/hash.js'
import type { ReadCreateOptions } from '../input/create-options.js'
import { limitsOf } from '../policy/lifetime.js'
import type { SessionContext } from '../session.js'
import type { Engine } from './engine.js'
import { keptContext } from './kept.js'
import type { LiveRecord } from './record.js'
import type { Sight } from './sight.js'

/** The record of a session that begins now, under a token with this secret. */
export function freshRecord(
  engine: Pick<Engine, 'settings'>,
  userId: string,
  context: SessionContext,
  options: Omit<ReadCreateOptions, 'replaces' | 'carryOver'>,
  secret: string,
  now: Millis,
  sight: Sight = {},
): LiveRecord {
  const rememberMe = options.rememberMe && engine.settings.remembers
  const limits = limitsOf(engine.settings, options)
  const durationEnd = now + limits.duration
  const absoluteEnd = options.authTime + limits.absolute
  const kept = keptContext(engine.settings, context)
  const { ipAddress, userAgent } = kept
  // Written out, here and in the view: a spread for each part that may be missing makes an object of its own, a third of all garbage of a login.
  const record: { -readonly [Part in keyof LiveRecord]: LiveRecord[Part] } = {
    kind: 'session',
    userId,
    tenant: options.tenant,
    createdAt: now,
    authTime: options.authTime,
    rememberMe,
    lifetimeEnd: Math.min(now + limits.lifetime, durationEnd, absoluteEnd),
    durationEnd,
    absoluteEnd,
    lastActivity: now,
    requests: 0,
    generation: 1,
    secretHash: sha256(secret),
    rotatedAt: now,
    confirmed: true,
    renewals: 0,
    context: kept,
    addresses: ipAddress === undefined ? [] : [{ value: ipAddress, first: now, last: now }],
    agents: userAgent === undefined ? [] : [{ value: userAgent, first: now, last: now }],
    roles: options.roles,
    permissions: options.permissions,
    data: options.data,
  }
  const { stage, actor, acr, amr, dpop } = options
  if (stage !== undefined) record.stage = stage
  if (actor !== undefined) record.actor = actor
  if (acr !== undefined) record.acr = acr
  if (amr !== undefined) record.amr = amr
  if (dpop !== undefined) record.cnf = dpop
  if (engine.settings.tokens.pair) record.pairSince = 1
  if (sight.seen !== undefined) record.seen = sight.seen
  if (sight.device !== undefined) record.device = sight.device
  return record
}
