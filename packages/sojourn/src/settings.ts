import type { Millis } from './clock.js'
import type { RenewalOptions, SessionManagerOptions } from './config.js'
import { parseDuration } from './duration.js'
import { SessionError } from './errors.js'

/** The limits of one kind of session, in milliseconds. */
export interface Limits {
  readonly idle: Millis
  readonly lifetime: Millis
  /** Longest life from creation on, renewals included. */
  readonly duration: Millis
  /** Longest life from the authentication on. */
  readonly absolute: Millis
}

/** All options, resolved: nothing is optional and nothing is text any more. */
export interface Settings {
  readonly ordinary: Limits
  readonly remembered: Limits
  readonly renewal: { readonly auto: boolean; readonly threshold: Millis; readonly maxRenewals: number; readonly grace: Millis }
  readonly maxConcurrentSessions: number
  readonly onSessionLimit: 'evict-oldest' | 'reject'
  readonly elevation: Millis
  readonly context: { readonly enabled: boolean; readonly device: boolean }
  readonly cleanupInterval: Millis
  /** Age at which the key that seals records is replaced; undefined for never. */
  readonly keyRotation: Millis | undefined
  /** How long activity may wait before it is written. */
  readonly activityInterval: Millis
  readonly cache: { readonly maxSessions: number; readonly maxBytes: number }
  readonly lease: Millis
  readonly nodeName: string
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const DEFAULTS = Object.freeze({
  idleTimeout: 30 * MINUTE,
  sessionLifetime: 8 * HOUR,
  maxSessionDuration: 24 * HOUR,
  absoluteTimeout: 7 * DAY,
  threshold: HOUR,
  maxRenewals: 10,
  gracePeriod: 30_000,
  maxConcurrentSessions: 10,
  elevation: 15 * MINUTE,
  cleanupInterval: 15 * MINUTE,
  cachedSessions: 100_000,
  cachedBytes: 256 * 1024 * 1024,
  lease: 2_000,
})

/** Activity is written at least this often, so that a crash makes nobody idle by more. */
const MAX_ACTIVITY_INTERVAL = 30_000
/** Each rotation rewrites every record; more often than this protects nobody better. */
const MIN_KEY_ROTATION = 10_000
/** More sessions of one user cannot be listed and ended in one go within the time that a caller waits. */
const MAX_SESSIONS_PER_USER = 10_000

/** Every option name, and below which option it stands. Anything else is a slip of the pen that must not go unnoticed. */
const KNOWN: Readonly<Record<string, readonly string[]>> = Object.freeze({
  '': [
    'storage',
    'tokenType',
    'idleTimeout',
    'sessionLifetime',
    'maxSessionDuration',
    'absoluteTimeout',
    'renewal',
    'rememberMe',
    'maxConcurrentSessions',
    'onSessionLimit',
    'elevation',
    'contextValidation',
    'cleanupInterval',
    'keys',
    'keyRotation',
    'audit',
    'cache',
    'lease',
    'nodeName',
    'legacy',
    'logger',
    'clock',
    'timeout',
    'security',
    'cleanup',
  ],
  renewal: ['auto', 'threshold', 'maxRenewals', 'gracePeriod'],
  rememberMe: ['lifetime', 'idleTimeout'],
  elevation: ['duration'],
  contextValidation: ['enabled', 'device'],
  cache: ['maxSessions', 'maxBytes'],
  security: ['encryption', 'tokenType', 'refreshToken', 'rotationPolicy'],
})

function refuse(path: string, found: unknown, allowed: string): never {
  const shown = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? JSON.stringify(found) : typeof found
  throw new SessionError('CONFIG_INVALID', `${path}: found ${shown}; ${allowed}`, { path })
}

function checkKeys(at: string, value: unknown): void {
  const known = KNOWN[at]
  if (value === undefined || known === undefined) return
  if (typeof value !== 'object' || value === null) refuse(at, value, 'it must be an object.')
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) refuse(at === '' ? key : `${at}.${key}`, key, `there is no such option; known are ${known.join(', ')}.`)
  }
}

function duration(path: string, value: unknown, fallback: Millis, least = 1): Millis {
  if (value === undefined) return fallback
  const millis = parseDuration(value)
  if (millis === undefined || millis < least) {
    refuse(
      path,
      value,
      `it must be a length of time of at least ${least} ms: milliseconds, or a number with ms, s, m, h or d, for example "30m".`,
    )
  }
  return millis
}

/** A shorter lease would run out between two beats of a busy process; a longer one is too long for an end to go unheard. */
const MIN_LEASE = 500
const MAX_LEASE = MINUTE

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

function count(path: string, value: unknown, fallback: number, least: number, most: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    refuse(path, value, `it must be a whole number from ${least} to ${most}.`)
  }
  return value
}

function flag(path: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback
  if (typeof value !== 'boolean') refuse(path, value, 'it must be true or false.')
  return value
}

/** Both given, and the first can never take effect because the second always comes first. */
function checkOrder(shorter: string, a: Millis, longer: string, b: Millis): void {
  if (a > b)
    refuse(shorter, a, `it can never take effect, because ${longer} (${b} ms) always comes first; make it shorter, or ${longer} longer.`)
}

/** The older way to say the same: `{ timeout, security, cleanup }`. Where both are given, the newer name counts. */
function withAliases(options: SessionManagerOptions): SessionManagerOptions {
  const { timeout, security, cleanup, ...rest } = options
  if (security?.encryption === false)
    refuse('security.encryption', false, 'stored sessions are always encrypted; leave it out or write true.')
  if (security?.refreshToken === true)
    refuse(
      'security.refreshToken',
      true,
      'this version renews the session token itself and has no second token; leave it out or write false.',
    )
  const policy = security?.rotationPolicy
  if (policy !== undefined && policy !== 'always' && policy !== 'interval' && policy !== 'never') {
    refuse('security.rotationPolicy', policy, 'it must be "always", "interval" or "never".')
  }
  if (policy === 'never')
    refuse('security.rotationPolicy', policy, 'a renewal always gives a new token; use "always", or "interval" with renewal.threshold.')
  const auto: RenewalOptions = policy === 'interval' ? { auto: true } : {}
  return {
    ...(timeout === undefined ? {} : { idleTimeout: timeout }),
    ...(cleanup === undefined ? {} : { cleanupInterval: cleanup }),
    ...(security?.tokenType === undefined ? {} : { tokenType: security.tokenType }),
    ...rest,
    renewal: { ...auto, ...rest.renewal },
  }
}

function resolveLimits(options: SessionManagerOptions): { readonly ordinary: Limits; readonly remembered: Limits } {
  const lifetime = duration('sessionLifetime', options.sessionLifetime, DEFAULTS.sessionLifetime)
  const longest = duration('maxSessionDuration', options.maxSessionDuration, Math.max(DEFAULTS.maxSessionDuration, lifetime))
  const absolute = duration('absoluteTimeout', options.absoluteTimeout, Math.max(DEFAULTS.absoluteTimeout, longest))
  const idle = duration('idleTimeout', options.idleTimeout, DEFAULTS.idleTimeout)
  if (options.sessionLifetime !== undefined && options.absoluteTimeout !== undefined)
    checkOrder('sessionLifetime', lifetime, 'absoluteTimeout', absolute)
  if (options.sessionLifetime !== undefined && options.maxSessionDuration !== undefined)
    checkOrder('sessionLifetime', lifetime, 'maxSessionDuration', longest)
  if (options.maxSessionDuration !== undefined && options.absoluteTimeout !== undefined)
    checkOrder('maxSessionDuration', longest, 'absoluteTimeout', absolute)
  if (options.idleTimeout !== undefined && options.absoluteTimeout !== undefined)
    checkOrder('idleTimeout', idle, 'absoluteTimeout', absolute)
  const rememberedLifetime = duration('rememberMe.lifetime', options.rememberMe?.lifetime, absolute)
  const rememberedIdle = duration('rememberMe.idleTimeout', options.rememberMe?.idleTimeout, rememberedLifetime)
  if (options.rememberMe?.lifetime !== undefined) checkOrder('rememberMe.lifetime', rememberedLifetime, 'absoluteTimeout', absolute)
  if (options.rememberMe?.idleTimeout !== undefined)
    checkOrder('rememberMe.idleTimeout', rememberedIdle, 'rememberMe.lifetime', rememberedLifetime)
  return {
    ordinary: { idle, lifetime, duration: longest, absolute },
    remembered: { idle: rememberedIdle, lifetime: rememberedLifetime, duration: absolute, absolute },
  }
}

/** A store that forgot sessions before their end would log people out; one that may keep them longer is only a backstop. */
function checkTtl({ storage }: SessionManagerOptions, lifetime: Millis): void {
  if (storage === undefined || storage === null || !('type' in storage) || storage.ttl === undefined) return
  const ttl = duration('storage.ttl', storage.ttl, lifetime)
  if (ttl < lifetime) refuse('storage.ttl', storage.ttl, `it is shorter than sessionLifetime (${lifetime} ms); shorten that instead.`)
}

/** Checks the options and fills in what is missing. Throws `CONFIG_INVALID` with the path of the first option that cannot be meant. */
export function resolveSettings(given: SessionManagerOptions): Settings {
  for (const at of Object.keys(KNOWN)) checkKeys(at, at === '' ? given : given[at as keyof SessionManagerOptions])
  const options = withAliases(given)
  if (options.tokenType !== undefined && options.tokenType !== 'opaque') {
    refuse('tokenType', options.tokenType, 'this version issues opaque tokens only; leave it out or write "opaque".')
  }
  const { ordinary, remembered } = resolveLimits(options)
  checkTtl(options, ordinary.lifetime)
  const threshold = duration('renewal.threshold', options.renewal?.threshold, Math.min(DEFAULTS.threshold, ordinary.lifetime))
  if (options.renewal?.threshold !== undefined && options.sessionLifetime !== undefined) {
    checkOrder('renewal.threshold', threshold, 'sessionLifetime', ordinary.lifetime)
  }
  const onSessionLimit = options.onSessionLimit ?? 'evict-oldest'
  if (onSessionLimit !== 'evict-oldest' && onSessionLimit !== 'reject')
    refuse('onSessionLimit', onSessionLimit, 'it must be "evict-oldest" or "reject".')
  return Object.freeze({
    ordinary,
    remembered,
    renewal: {
      auto: flag('renewal.auto', options.renewal?.auto, true),
      threshold,
      maxRenewals: count('renewal.maxRenewals', options.renewal?.maxRenewals, DEFAULTS.maxRenewals, 0, 1_000_000),
      grace: duration('renewal.gracePeriod', options.renewal?.gracePeriod, DEFAULTS.gracePeriod, 0),
    },
    maxConcurrentSessions: count(
      'maxConcurrentSessions',
      options.maxConcurrentSessions,
      DEFAULTS.maxConcurrentSessions,
      1,
      MAX_SESSIONS_PER_USER,
    ),
    onSessionLimit,
    elevation: duration('elevation.duration', options.elevation?.duration, DEFAULTS.elevation),
    context: {
      enabled: flag('contextValidation.enabled', options.contextValidation?.enabled, true),
      device: flag('contextValidation.device', options.contextValidation?.device, true),
    },
    cleanupInterval: duration('cleanupInterval', options.cleanupInterval, DEFAULTS.cleanupInterval, 0),
    keyRotation: options.keyRotation === undefined ? undefined : duration('keyRotation', options.keyRotation, 0, MIN_KEY_ROTATION),
    cache: {
      maxSessions: count('cache.maxSessions', options.cache?.maxSessions, DEFAULTS.cachedSessions, 0, Number.MAX_SAFE_INTEGER),
      maxBytes: count('cache.maxBytes', options.cache?.maxBytes, DEFAULTS.cachedBytes, 1, Number.MAX_SAFE_INTEGER),
    },
    lease: lease(options.lease),
    nodeName: nodeName(options.nodeName),
    activityInterval: Math.max(1, Math.min(MAX_ACTIVITY_INTERVAL, Math.floor(Math.min(ordinary.idle, remembered.idle) / 20))),
  })
}
