import type { Limits, RoleLimits, Settings } from '../settings.js'
import type { LifeFacts } from './lifetime.js'
import { limitsOf } from './role-limits.js'

/** A limit, and the rule that set it. */
interface RuledLimit {
  readonly value: number | null
  readonly by: string
}

type Name =
  | 'idleTimeout'
  | 'sessionLifetime'
  | 'maxSessionDuration'
  | 'absoluteTimeout'
  | 'maxConcurrentSessions'
  | 'maxRenewals'
  | 'gracePeriod'
  | 'elevationDuration'
  | 'requireReauthAfter'

/** The limits of a session by the names of the options, each with the rule that set it. Of two roles that say the same, the first by name. */
export function ruledLimits(settings: Settings, facts: LifeFacts): Readonly<Record<Name, RuledLimit>> {
  const limits = limitsOf(settings, facts)
  const roles = [...facts.roles].sort().flatMap((role) => {
    const own = settings.roles.get(role)
    return own === undefined ? [] : [{ role, own }]
  })
  const base = facts.rememberMe && settings.remembers ? settings.remembered : settings.ordinary
  const ruled = (name: keyof RoleLimits & keyof Limits): RuledLimit => {
    const value = limits[name]
    const tightening = value < base[name] ? roles.find(({ own }) => own[name] === value) : undefined
    const isOfKind = base !== settings.ordinary && base[name] !== settings.ordinary[name]
    const by = tightening === undefined ? (isOfKind ? 'remember-me' : 'general') : `role:${tightening.role}`
    return { value: Number.isFinite(value) ? value : null, by }
  }
  const promised = (today: RuledLimit, atCreation: number): RuledLimit =>
    today.value === null || atCreation < today.value ? { value: atCreation, by: 'creation' } : today
  return {
    idleTimeout: ruled('idle'),
    sessionLifetime: ruled('lifetime'),
    maxSessionDuration: promised(ruled('duration'), facts.durationEnd - facts.createdAt),
    absoluteTimeout: promised(ruled('absolute'), facts.absoluteEnd - facts.authTime),
    maxConcurrentSessions: ruled('maxSessions'),
    maxRenewals: ruled('maxRenewals'),
    gracePeriod: ruled('grace'),
    elevationDuration: ruled('elevation'),
    requireReauthAfter: ruled('reauthAfter'),
  }
}
