import type { Millis } from '../clock.js'
import { sha256 } from '../crypto/hash.js'
import type { ReadCreateOptions } from '../input/create-options.js'
import { limitsOf } from '../policy/lifetime.js'
import type { SessionContext } from '../session.js'
import { addSeen } from './activity.js'
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
  return {
    kind: 'session',
    userId,
    ...(options.stage === undefined ? {} : { stage: options.stage }),
    ...(options.actor === undefined ? {} : { actor: options.actor }),
    tenant: options.tenant,
    createdAt: now,
    authTime: options.authTime,
    ...(options.acr === undefined ? {} : { acr: options.acr }),
    ...(options.amr === undefined ? {} : { amr: options.amr }),
    rememberMe,
    lifetimeEnd: Math.min(now + limits.lifetime, durationEnd, absoluteEnd),
    durationEnd,
    absoluteEnd,
    lastActivity: now,
    requests: 0,
    generation: 1,
    secretHash: sha256(secret),
    rotatedAt: now,
    ...(engine.settings.tokens.pair ? { pairSince: 1 } : {}),
    confirmed: true,
    renewals: 0,
    context: kept,
    ...sight,
    addresses: addSeen([], ipAddress === undefined ? [] : [{ value: ipAddress, first: now, last: now }]),
    agents: addSeen([], userAgent === undefined ? [] : [{ value: userAgent, first: now, last: now }]),
    roles: options.roles,
    permissions: options.permissions,
    data: options.data,
    ...(options.dpop === undefined ? {} : { cnf: options.dpop }),
  }
}
