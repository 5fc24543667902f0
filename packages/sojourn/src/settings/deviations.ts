import type { Millis } from '../clock.js'
import type { SessionManagerOptions } from '../config.js'
import type { Limits } from './limits.js'
import type { Profile } from './profiles.js'
import { refuse } from './read.js'

/** One option that is looser than the chosen profile allows. */
export interface Deviation {
  /** The option, for example `idleTimeout`. */
  readonly path: string
  /** What was chosen: milliseconds, a number, or a truth value. */
  readonly value: number | boolean
  /** The loosest value that conforms. */
  readonly most: number | boolean
}

interface Resolved {
  readonly ordinary: Limits
  readonly remembered: Limits
  readonly remembers: boolean
  readonly auto: boolean
}

/** How old a token can become in a session that is used: until a validation renews it, or to its end if none does. */
function rotationOf({ ordinary, auto }: Resolved): Millis {
  return auto ? Math.max(0, ordinary.lifetime - ordinary.threshold) : ordinary.lifetime
}

function rotationPath(options: SessionManagerOptions, { auto }: Resolved): string {
  if (!auto) return 'renewal.auto'
  return options.renewal?.threshold === undefined ? 'sessionLifetime' : 'renewal.threshold'
}

/** Everything in which resolved options are looser than a profile. */
export function deviationsFrom(profile: Profile, options: SessionManagerOptions, resolved: Resolved): readonly Deviation[] {
  const { ordinary, remembered, remembers } = resolved
  const mostAbsolute = remembers ? (profile.remembered ?? profile.absolute) : profile.absolute
  const absolute = remembers ? remembered.absolute : ordinary.absolute
  const pairs: ReadonlyArray<readonly [path: string, value: number, most: number]> = [
    ['idleTimeout', ordinary.idle, profile.idle],
    ['maxSessionDuration', ordinary.duration, profile.absolute],
    ['absoluteTimeout', absolute, mostAbsolute],
    [rotationPath(options, resolved), rotationOf(resolved), profile.rotation],
    ['renewal.gracePeriod', ordinary.grace, profile.grace],
    ['elevation.duration', ordinary.elevation, profile.elevation],
    ['maxConcurrentSessions', ordinary.maxSessions, profile.maxSessions],
  ]
  const looser: Deviation[] = pairs.filter(([, value, most]) => value > most).map(([path, value, most]) => ({ path, value, most }))
  if (remembers && profile.remembered === undefined) looser.push({ path: 'rememberMe.enabled', value: true, most: false })
  return looser
}

/** Longest text that a person writes as a reason and another one reads. */
const MAX_JUSTIFICATION = 2_000

/** Text for people, in lines; no other control characters, which could change what a terminal or a log shows. */
const READABLE = /^(?:[^\p{Cc}]|[\n\t])+$/u

/** The reason that was given for deviations; undefined for none. */
export function readJustification(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_JUSTIFICATION || !READABLE.test(value))
    refuse('justification', value, `it must be a text of 1 to ${MAX_JUSTIFICATION} characters that says why.`)
  return value.trim()
}

/** Refuses options that are looser than their profile, unless a reason was given. */
export function demandJustification(name: string, deviations: readonly Deviation[], justification: string | undefined): void {
  const [first] = deviations
  if (first === undefined || justification !== undefined) return
  const allowed = typeof first.most === 'boolean' ? `only ${first.most}` : `at most ${first.most}`
  refuse(
    first.path,
    first.value,
    `the profile "${name}" allows ${allowed}; tighten it, or say in \`justification\` why this installation departs from the profile.`,
  )
}
