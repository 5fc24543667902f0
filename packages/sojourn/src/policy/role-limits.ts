import type { Limits, RoleLimits, Settings } from '../settings.js'

/** What the limits of a session depend on. */
export interface LimitFacts {
  readonly rememberMe: boolean
  readonly roles: readonly string[]
  /** Absent for a whole session of a user; what is less has limits of its own. */
  readonly stage?: 'pending' | 'anonymous'
}

/** Combinations of roles kept in mind. An organisation has some dozens; the oldest makes room. */
const MAX_COMBINATIONS = 1_000

/** What was worked out before, for one kind of session. */
interface Known {
  /** By the list of roles itself: a record that stays in memory keeps its list, and is answered without reading it. */
  readonly byList: WeakMap<readonly string[], Limits>
  /** By combination, for lists that were read anew. */
  readonly byNames: Map<string, Limits>
}

/** By the general limits of the kind, of which each settings have their own. */
const known = new WeakMap<Limits, Known>()

function knownOf(general: Limits): Known {
  const found = known.get(general)
  if (found !== undefined) return found
  const made: Known = { byList: new WeakMap(), byNames: new Map() }
  known.set(general, made)
  return made
}

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

/** The limits of a combination of roles, worked out once. */
function combined(settings: Settings, general: Limits, roles: readonly string[], { byNames }: Known): Limits {
  const own = roles.filter((role) => settings.roles.has(role))
  if (own.length === 0) return general
  const key = own.sort().join(' ')
  const found = byNames.get(key)
  if (found !== undefined) return found
  const limits = strictest(
    general,
    own.flatMap((role) => settings.roles.get(role) ?? []),
  )
  if (byNames.size >= MAX_COMBINATIONS) byNames.delete(byNames.keys().next().value ?? '')
  byNames.set(key, limits)
  return limits
}

/** The limits that hold for a session: the general ones of its kind, tightened by each of its roles. */
export function limitsOf(settings: Settings, { rememberMe, roles, stage }: LimitFacts): Limits {
  if (stage !== undefined) return settings.stages[stage]
  const general = rememberMe ? settings.remembered : settings.ordinary
  if (settings.roles.size === 0) return general
  const before = knownOf(general)
  const found = before.byList.get(roles)
  if (found !== undefined) return found
  const limits = combined(settings, general, roles, before)
  before.byList.set(roles, limits)
  return limits
}
