import { type ConfigKey, duration, type Patch, type Use, whole } from '../key.js'

/** The section with one part for each role. */
export const ROLES = 'session_manager.security.session_policies.roles'

/** Stands for the name of a role in the paths of the table. */
const ANY = '<role>'

interface Named {
  readonly name: string
  readonly does: string
  readonly make: (path: string, does: string, use: (value: number | string) => Use) => ConfigKey
  readonly option: string
}

const time = (path: string, does: string, use: (value: number | string) => Use): ConfigKey => duration(path, does, use)
const timeOrNone = (path: string, does: string, use: (value: number | string) => Use): ConfigKey => duration(path, does, use, 0)
const sessions = (path: string, does: string, use: (value: number | string) => Use): ConfigKey => whole(path, does, [1, 10_000], use)
const renewals = (path: string, does: string, use: (value: number | string) => Use): ConfigKey => whole(path, does, [0, 1_000_000], use)

const NAMED: readonly Named[] = [
  { name: 'idle_timeout', option: 'idleTimeout', make: time, does: 'Longest time between two uses, for sessions with this role.' },
  {
    name: 'expiration_time',
    option: 'sessionLifetime',
    make: time,
    does: 'Life given at creation and at each renewal, for sessions with this role.',
  },
  {
    name: 'max_session_duration',
    option: 'maxSessionDuration',
    make: time,
    does: 'Longest life from creation on, for sessions with this role.',
  },
  {
    name: 'absolute_timeout',
    option: 'absoluteTimeout',
    make: time,
    does: 'Longest life from the authentication on, for sessions with this role.',
  },
  {
    name: 'max_concurrent_sessions',
    option: 'maxConcurrentSessions',
    make: sessions,
    does: 'Most sessions of a user beside one with this role.',
  },
  { name: 'max_renewals', option: 'maxRenewals', make: renewals, does: 'How often a session with this role can be renewed.' },
  {
    name: 'renewal_grace_period',
    option: 'gracePeriod',
    make: timeOrNone,
    does: 'How long a replaced token is still good for, with this role.',
  },
  { name: 'elevation_duration', option: 'elevationDuration', make: time, does: 'How long added permissions last at most, with this role.' },
  {
    name: 'require_reauth_after',
    option: 'requireReauthAfter',
    make: time,
    does: 'Age of the authentication from which on it has to be repeated, with this role.',
  },
]

/** Limits of roles. The general ones hold beside them, and the strictest wins. */
export const roleKeys: readonly ConfigKey[] = NAMED.map(({ name, does, make, option }): ConfigKey => {
  const keyFor = (role: string): ConfigKey => make(`${ROLES}.${ANY}.${name}`, does, (value) => roleLimit(role, option, value))
  return { ...keyFor(ANY), readNamed: (role, value) => keyFor(role).read(value) }
})

function roleLimit(role: string, option: string, value: number | string): Patch {
  return { sessions: { roles: { [role]: { [option]: value } } } }
}

/** A path as the table has it, and the name that stands in it. A role may have dots in its name, an option has none. */
export function templateOf(path: string): { readonly template: string; readonly name?: string } {
  if (!path.startsWith(`${ROLES}.`)) return { template: path }
  const rest = path.slice(ROLES.length + 1)
  const dot = rest.lastIndexOf('.')
  return dot < 0 ? { template: `${ROLES}.${ANY}`, name: rest } : { template: `${ROLES}.${ANY}${rest.slice(dot)}`, name: rest.slice(0, dot) }
}
