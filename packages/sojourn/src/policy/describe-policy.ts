import type { Millis } from '../clock.js'
import { PROFILES, type Profile } from '../settings/profiles.js'
import type { Limits, RoleLimits, Settings } from '../settings.js'

const UNITS: ReadonlyArray<readonly [millis: Millis, name: string]> = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
  [1, 'millisecond'],
]

const plural = (count: number, noun: string): string => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** A length of time in the largest unit that tells it exactly. */
function time(millis: number | undefined): string {
  if (millis === undefined) return ''
  if (!Number.isFinite(millis)) return 'none'
  if (millis === 0) return 'none'
  const [unit, name] = UNITS.find(([size]) => millis % size === 0) ?? [1, 'millisecond']
  return plural(millis / unit, name)
}

const whole = (count: number | undefined): string => (count === undefined ? '' : count.toLocaleString('en'))

/** Text that somebody wrote, so that it stays one cell or one paragraph of the document. */
const quoted = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\`*_<>|[\]]/g, (sign) => `\\${sign}`)

interface Line {
  readonly name: string
  readonly limit: keyof RoleLimits & keyof Limits
  readonly show: (value: number | undefined) => string
  readonly most?: (profile: Profile) => string
}

const LINES: readonly Line[] = [
  { name: 'Longest time between two uses', limit: 'idle', show: time, most: ({ idle }) => time(idle) },
  { name: 'Life at creation and at each renewal', limit: 'lifetime', show: time },
  { name: 'Longest life from creation on', limit: 'duration', show: time, most: ({ absolute }) => time(absolute) },
  { name: 'Longest life from the authentication on', limit: 'absolute', show: time, most: ({ absolute }) => time(absolute) },
  { name: 'Authentication repeated after', limit: 'reauthAfter', show: time },
  { name: 'Renewals of one session', limit: 'maxRenewals', show: whole },
  { name: 'Grace of a replaced token', limit: 'grace', show: time, most: ({ grace }) => time(grace) },
  { name: 'Elevated permissions last', limit: 'elevation', show: time, most: ({ elevation }) => time(elevation) },
  { name: 'Sessions of one user at the same time', limit: 'maxSessions', show: whole, most: ({ maxSessions }) => whole(maxSessions) },
]

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function limitsTable({ ordinary, remembered, remembers, profile }: Settings): string {
  const asked = profile === undefined ? undefined : PROFILES[profile]
  const head = [
    'Limit',
    'Ordinary sessions',
    ...(remembers ? ['Remembered sessions'] : []),
    ...(asked === undefined ? [] : ['At most, by the profile']),
  ]
  const rows = LINES.map(({ name, limit, show, most }) => [
    name,
    show(ordinary[limit]),
    ...(remembers ? [show(remembered[limit])] : []),
    ...(asked === undefined ? [] : [most?.(asked) ?? '']),
  ])
  return table(head, rows)
}

function rolesPart({ roles }: Settings): string {
  if (roles.size === 0) return 'No role has limits of its own.'
  const names = [...roles].sort(([a], [b]) => (a < b ? -1 : 1))
  const used = LINES.filter(({ limit }) => names.some(([, own]) => own[limit] !== undefined))
  const rows = names.map(([role, own]) => [
    quoted(role),
    ...used.map(({ limit, show }) => (own[limit] === undefined ? '' : show(own[limit]))),
  ])
  return `${table(['Role', ...used.map(({ name }) => name)], rows)}\n\nThe strictest value wins, limit by limit, of the general one and those of all roles that a session has at that moment.`
}

const AT_LIMIT: Readonly<Record<Settings['onSessionLimit'], string>> = Object.freeze({
  'evict-oldest': 'the oldest sessions of the user end (reason `limit`)',
  'evict-idle': 'the sessions of the user that were not used for the longest time end (reason `limit`)',
  reject: 'the login is refused (`SESSION_LIMIT_REACHED`)',
})

function departuresPart({ profile, deviations, justification }: Settings): string {
  if (profile === undefined) return 'No profile was chosen, so there is nothing to depart from.'
  if (deviations.length === 0) return `None: everything is as strict as the profile \`${profile}\` asks, or stricter.`
  const shown = (path: string, value: number | boolean): string =>
    typeof value === 'boolean' ? (value ? 'yes' : 'no') : path === 'maxConcurrentSessions' ? whole(value) : time(value)
  const rows = deviations.map(({ path, value, most }) => [`\`${path}\``, shown(path, value), shown(path, most)])
  return `${table(['Option', 'Here', 'At most, by the profile'], rows)}\n\nJustification: ${quoted(justification ?? '')}`
}

function renewalPart({ ordinary, renewal }: Settings): string {
  const when = `when ${time(ordinary.threshold)} or less of its life is left`
  return renewal.auto ? `A token is replaced at its next use ${when}.` : `A token can be replaced ${when}, on demand only.`
}

function throttlePart({ throttle: { enabled, perSource, overall } }: Settings): string {
  if (!enabled) return 'Invalid tokens are refused and not counted.'
  return `More than ${whole(perSource)} invalid tokens or keys within a minute from one address (IPv6: one /64) are answered \`RATE_LIMITED\` and reported; more than ${whole(overall)} from all addresses together are reported. A valid token is never refused for what others send.`
}

/** The rules as a document for people. */
export function describePolicy(settings: Settings): string {
  const { profile, onSessionLimit, remembers } = settings
  const parts = [
    '# Session policy',
    'Made from the configuration in force, for OWASP ASVS 5.0, 7.1.1 and 7.1.2. Change the configuration and make it again; do not edit it.',
    `Profile: ${profile === undefined ? 'none' : `\`${profile}\``}. Sessions are ${remembers ? 'remembered when a login asks for it' : 'never remembered beyond the ordinary limits'}.`,
    '## Limits',
    limitsTable(settings),
    'Of several limits the earliest one ends a session. Nothing but a new authentication moves the longest lives.',
    renewalPart(settings),
    '## Roles',
    rolesPart(settings),
    '## Parallel sessions',
    `A user may have ${plural(settings.maxConcurrentSessions, 'session')} at the same time. At a login above that, ${AT_LIMIT[onSessionLimit]}, and \`security.limit-exceeded\` is reported. Sessions that have expired or were ended do not count.`,
    '## Guessing',
    throttlePart(settings),
    '## Departures from the profile',
    departuresPart(settings),
  ]
  return `${parts.join('\n\n')}\n`
}
