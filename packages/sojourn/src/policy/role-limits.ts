import type { Limits, RoleLimits, Settings } from '../settings.js'

/** What the limits of a session depend on. */
export interface LimitFacts {
  readonly rememberMe: boolean
  readonly roles: readonly string[]
}

/** Combinations of roles kept in mind. An organisation has some dozens; the oldest makes room. */
const MAX_COMBINATIONS = 1_000

/** Combinations by settings, so that it is worked out once what a combination comes to. */
const known = new WeakMap<Settings, Map<string, Limits>>()

/** The names that a role may give, and the one of the general limits that each tightens. */
const TIGHTENED: ReadonlyArray<keyof RoleLimits & keyof Limits> = [
  'idle',
  'lifetime',
  'duration',
  'absolute',
  'maxRenewals',
  'grace',
  'maxSessions',
  'elevation',
  'reauthAfter',
]

/** The strictest of some limits, one by one. */
export function strictest(general: Limits, roles: readonly RoleLimits[]): Limits {
  const limits: { -readonly [Name in keyof Limits]: number } = { ...general }
  for (const role of roles) {
    for (const name of TIGHTENED) limits[name] = Math.min(limits[name], role[name] ?? Number.POSITIVE_INFINITY)
    limits.longestElevation = Math.min(limits.longestElevation, role.elevation ?? Number.POSITIVE_INFINITY)
  }
  // With a life that short, half of it: else each request would come late enough to rotate the token.
  if (limits.lifetime < general.lifetime) limits.threshold = Math.min(limits.threshold, Math.floor(limits.lifetime / 2))
  return Object.freeze(limits)
}

/** The limits that hold for a session: the general ones of its kind, tightened by each of its roles. */
export function limitsOf(settings: Settings, { rememberMe, roles }: LimitFacts): Limits {
  const general = rememberMe ? settings.remembered : settings.ordinary
  if (settings.roles.size === 0) return general
  const own = roles.filter((role) => settings.roles.has(role))
  if (own.length === 0) return general
  const combinations = known.get(settings) ?? new Map<string, Limits>()
  known.set(settings, combinations)
  const key = `${rememberMe ? 'r' : 'o'} ${own.length === 1 ? own[0] : own.sort().join(' ')}`
  const found = combinations.get(key)
  if (found !== undefined) return found
  const limits = strictest(
    general,
    own.flatMap((role) => settings.roles.get(role) ?? []),
  )
  if (combinations.size >= MAX_COMBINATIONS) combinations.delete(combinations.keys().next().value ?? '')
  combinations.set(key, limits)
  return limits
}
