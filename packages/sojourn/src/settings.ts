import type { Millis } from './clock.js'
import type { RenewalOptions, SessionManagerOptions } from './config.js'
import { type OutageSettings, resolveOutage } from './outage-settings.js'
import { type DeviceBoundSettings, type DpopSettings, resolveDeviceBound, resolveDpop } from './proof-settings.js'
import { type RiskSettings, resolveRisk } from './risk-settings.js'
import { resolveApplication } from './settings/application.js'
import { DEFAULTS } from './settings/defaults.js'
import { type Deviation, demandJustification, deviationsFrom, readJustification } from './settings/deviations.js'
import type { Limits, RoleLimits } from './settings/limits.js'
import { PROFILES, type Profile, type ProfileName } from './settings/profiles.js'
import { count, duration, flag, refuse } from './settings/read.js'
import { resolveLimits } from './settings/resolve-limits.js'
import { resolveRoles } from './settings/roles.js'
import { resolveStages, type StageSettings } from './settings/stages.js'
import { resolveTenants, type TenantLimits } from './settings/tenants.js'
import { resolveThrottle, type ThrottleSettings } from './settings/throttle.js'
import { resolveTokens, type TokenSettings } from './settings/tokens.js'

export type { Limits, RoleLimits } from './settings/limits.js'
export type { ThrottleSettings } from './settings/throttle.js'
export type { TokenSettings } from './settings/tokens.js'

/** All options, resolved: nothing is optional and nothing is text any more. */
export interface Settings extends RiskSettings, StageSettings, OutageSettings {
  readonly ordinary: Limits
  readonly remembered: Limits
  readonly renewal: { readonly auto: boolean; readonly threshold: Millis; readonly maxRenewals: number; readonly grace: Millis }
  readonly tokens: TokenSettings
  readonly maxConcurrentSessions: number
  readonly onSessionLimit: 'evict-oldest' | 'evict-idle' | 'reject'
  /** Limits of roles, by their names. */
  readonly roles: ReadonlyMap<string, RoleLimits>
  /** The standard that was chosen, in what the options are looser than it, and why. */
  readonly profile: ProfileName | undefined
  readonly deviations: readonly Deviation[]
  readonly justification: string | undefined
  /** Whether sessions can be remembered. */
  readonly remembers: boolean
  readonly throttle: ThrottleSettings
  /** Limits of single tenants, by their names. */
  readonly tenants: ReadonlyMap<string, TenantLimits>
  /** Name of the application, where several share a store. */
  readonly application: string | undefined
  readonly elevation: Millis
  readonly context: { readonly enabled: boolean; readonly device: boolean; readonly location: boolean }
  readonly cleanupInterval: Millis
  /** Age at which the key that seals records is replaced; undefined for never. */
  readonly keyRotation: Millis | undefined
  /** Undefined where it is not enabled. */
  readonly deviceBound: DeviceBoundSettings | undefined
  /** Undefined where it is not enabled. */
  readonly dpop: DpopSettings | undefined
  /** How long activity may wait before it is written. */
  readonly activityInterval: Millis
  readonly cache: { readonly maxSessions: number; readonly maxBytes: number }
  readonly lease: Millis
  readonly nodeName: string
}

/** Activity is written at least this often, so that a crash makes nobody idle by more. */
const MAX_ACTIVITY_INTERVAL = 30_000
/** Each rotation rewrites every record; more often than this protects nobody better. */
const MIN_KEY_ROTATION = 10_000

/** Every option name, and below which option it stands. Anything else is a slip of the pen that must not go unnoticed. */
const KNOWN: Readonly<Record<string, readonly string[]>> = Object.freeze({
  '': [
    'storage',
    'tokenType',
    'jwt',
    'refreshToken',
    'accessLifetime',
    'rotationPolicy',
    'idleTimeout',
    'sessionLifetime',
    'maxSessionDuration',
    'absoluteTimeout',
    'renewal',
    'rememberMe',
    'maxConcurrentSessions',
    'onSessionLimit',
    'requireReauthAfter',
    'roles',
    'profile',
    'justification',
    'throttle',
    'pendingLifetime',
    'anonymous',
    'tenants',
    'application',
    'elevation',
    'contextValidation',
    'risk',
    'geo',
    'privacy',
    'devices',
    'cleanupInterval',
    'keys',
    'keyRotation',
    'deviceBound',
    'dpop',
    'audit',
    'cache',
    'lease',
    'outageGrace',
    'localSessions',
    'canary',
    'journal',
    'nodeName',
    'legacy',
    'logger',
    'clock',
    'timeout',
    'security',
    'cleanup',
  ],
  jwt: ['algorithm', 'secret', 'previousSecrets', 'issuer', 'audience', 'clientId', 'lifetime', 'leeway', 'subject', 'revocationFeed'],
  renewal: ['auto', 'threshold', 'maxRenewals', 'gracePeriod'],
  rememberMe: ['enabled', 'lifetime', 'idleTimeout'],
  anonymous: ['idleTimeout', 'perMinute'],
  elevation: ['duration'],
  throttle: ['enabled', 'invalidPerMinute', 'globalPerMinute'],
  contextValidation: ['enabled', 'device', 'location'],
  cache: ['maxSessions', 'maxBytes'],
  deviceBound: ['enabled', 'cookieName', 'cookieMaxAge', 'challengeTtl', 'grace', 'path', 'algorithms'],
  dpop: ['enabled', 'publicUrl', 'proofLifetime', 'nonce'],
  security: ['encryption', 'tokenType', 'refreshToken', 'rotationPolicy'],
})

function checkKeys(at: string, value: unknown): void {
  const known = KNOWN[at]
  if (value === undefined || known === undefined) return
  if (typeof value !== 'object' || value === null) refuse(at, value, 'it must be an object.')
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) refuse(at === '' ? key : `${at}.${key}`, key, `there is no such option; known are ${known.join(', ')}.`)
  }
}

/** A shorter lease would run out between two beats of a busy process; a longer one is too long for an end to go unheard. */
const MIN_LEASE = 500
const MAX_LEASE = 60_000

function lease(value: unknown): Millis {
  const millis = duration('lease', value, DEFAULTS.lease, MIN_LEASE)
  if (millis > MAX_LEASE) refuse('lease', value, `it must be at most ${MAX_LEASE} ms: that long an end may go unheard.`)
  return millis
}

function nodeName(value: unknown): string {
  if (value === undefined) return 'node'
  if (typeof value !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(value))
    refuse('nodeName', value, 'it must be 1 to 64 letters, digits, dots, dashes and underscores.')
  return value
}

/** The older way to say the same: `{ timeout, security, cleanup }`. Where both are given, the newer name counts. */
function withAliases(options: SessionManagerOptions): SessionManagerOptions {
  const { timeout, security, cleanup, ...rest } = options
  if (security?.encryption === false)
    refuse('security.encryption', false, 'stored sessions are always encrypted; leave it out or write true.')
  const policy = rest.rotationPolicy ?? security?.rotationPolicy
  const auto: RenewalOptions = policy === 'interval' ? { auto: true } : {}
  return {
    ...(timeout === undefined ? {} : { idleTimeout: timeout }),
    ...(cleanup === undefined ? {} : { cleanupInterval: cleanup }),
    ...(security?.tokenType === undefined ? {} : { tokenType: security.tokenType }),
    ...(security?.refreshToken === undefined ? {} : { refreshToken: security.refreshToken }),
    ...(policy === undefined ? {} : { rotationPolicy: policy }),
    ...(rest.jwt?.lifetime === undefined ? {} : { accessLifetime: rest.jwt.lifetime }),
    ...rest,
    renewal: { ...auto, ...rest.renewal },
  }
}

/** A store that forgot sessions before their end would log people out; one that may keep them longer is only a backstop. */
function checkTtl({ storage }: SessionManagerOptions, lifetime: Millis): void {
  if (storage === undefined || storage === null || !('type' in storage) || storage.ttl === undefined) return
  const ttl = duration('storage.ttl', storage.ttl, lifetime)
  if (ttl < lifetime) refuse('storage.ttl', storage.ttl, `it is shorter than sessionLifetime (${lifetime} ms); shorten that instead.`)
}

function readProfile(value: unknown): ProfileName | undefined {
  if (value === undefined) return undefined
  const name = Object.keys(PROFILES).find((one) => one === value) as ProfileName | undefined
  return name ?? refuse('profile', value, `it must be ${Object.keys(PROFILES).join(', ')}, or be left out.`)
}

/** In what the options are looser than the profile. Throws where nobody says why. */
function departures(
  name: ProfileName | undefined,
  profile: Profile | undefined,
  options: SessionManagerOptions,
  resolved: Parameters<typeof deviationsFrom>[2],
): Pick<Settings, 'deviations' | 'justification'> {
  const justification = readJustification(options.justification)
  if (name === undefined || profile === undefined) return { deviations: [], justification }
  const deviations = deviationsFrom(profile, options, resolved)
  demandJustification(name, deviations, justification)
  return { deviations, justification }
}

/** Checks the options and fills in what is missing. Throws `CONFIG_INVALID` with the path of the first option that cannot be meant. */
export function resolveSettings(given: SessionManagerOptions): Settings {
  for (const at of Object.keys(KNOWN)) checkKeys(at, at === '' ? given : given[at as keyof SessionManagerOptions])
  const options = withAliases(given)
  const name = readProfile(options.profile)
  const profile = name === undefined ? undefined : PROFILES[name]
  const remembers = flag('rememberMe.enabled', options.rememberMe?.enabled, profile?.remembers ?? true)
  const { ordinary, remembered } = resolveLimits(options, profile, remembers)
  checkTtl(options, ordinary.lifetime)
  const auto = flag('renewal.auto', options.renewal?.auto, true)
  const roles = resolveRoles(options.roles, {
    idle: Math.max(ordinary.idle, remembered.idle),
    duration: Math.max(ordinary.duration, remembered.duration),
    absolute: Math.max(ordinary.absolute, remembered.absolute),
  })
  const onSessionLimit = options.onSessionLimit ?? 'evict-oldest'
  if (onSessionLimit !== 'evict-oldest' && onSessionLimit !== 'evict-idle' && onSessionLimit !== 'reject')
    refuse('onSessionLimit', onSessionLimit, 'it must be "evict-oldest", "evict-idle" or "reject".')
  const idles = [ordinary.idle, remembered.idle, ...[...roles.values()].map(({ idle = ordinary.idle }) => idle)]
  return Object.freeze({
    ordinary,
    remembered,
    tokens: resolveTokens(
      options,
      ordinary.lifetime,
      remembers ? Math.max(ordinary.lifetime, remembered.lifetime) : ordinary.lifetime,
      given.security === undefined ? '' : 'security.',
    ),
    renewal: { auto, threshold: ordinary.threshold, maxRenewals: ordinary.maxRenewals, grace: ordinary.grace },
    maxConcurrentSessions: ordinary.maxSessions,
    onSessionLimit,
    roles,
    profile: name,
    ...departures(name, profile, options, { ordinary, remembered, remembers, auto }),
    remembers,
    throttle: resolveThrottle(options.throttle),
    elevation: ordinary.elevation,
    ...resolveStages(options, ordinary),
    tenants: resolveTenants(options.tenants),
    application: resolveApplication(options.application),
    context: {
      enabled: flag('contextValidation.enabled', options.contextValidation?.enabled, true),
      device: flag('contextValidation.device', options.contextValidation?.device, true),
      location: flag('contextValidation.location', options.contextValidation?.location, true),
    },
    ...resolveRisk(options),
    cleanupInterval: duration('cleanupInterval', options.cleanupInterval, DEFAULTS.cleanupInterval, 0),
    keyRotation: options.keyRotation === undefined ? undefined : duration('keyRotation', options.keyRotation, 0, MIN_KEY_ROTATION),
    cache: {
      maxSessions: count('cache.maxSessions', options.cache?.maxSessions, DEFAULTS.cachedSessions, 0, Number.MAX_SAFE_INTEGER),
      maxBytes: count('cache.maxBytes', options.cache?.maxBytes, DEFAULTS.cachedBytes, 1, Number.MAX_SAFE_INTEGER),
    },
    lease: lease(options.lease),
    ...resolveOutage(options),
    nodeName: nodeName(options.nodeName),
    activityInterval: Math.max(1, Math.min(MAX_ACTIVITY_INTERVAL, Math.floor(Math.min(...idles) / 20))),
    deviceBound: resolveDeviceBound(options.deviceBound, { refuse, duration, flag }),
    dpop: resolveDpop(options.dpop, { refuse, duration, flag }),
  })
}
