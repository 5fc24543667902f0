import type { Millis } from '../clock.js'
import type { SessionManagerOptions } from '../config.js'
import { DEFAULTS } from './defaults.js'
import type { Limits } from './limits.js'
import type { Profile } from './profiles.js'
import { count, duration, refuse } from './read.js'
import { MAX_RENEWALS, MAX_SESSIONS_PER_USER } from './roles.js'

/** Both given, and the first can never take effect because the second always comes first. */
function checkOrder(shorter: string, a: Millis, longer: string, b: Millis): void {
  if (a > b)
    refuse(shorter, a, `it can never take effect, because ${longer} (${b} ms) always comes first; make it shorter, or ${longer} longer.`)
}

type Clocks = Pick<Limits, 'idle' | 'lifetime' | 'duration' | 'absolute'>

/** The clocks of ordinary sessions, and the longest life of all. */
function ordinaryClocks(options: SessionManagerOptions, profile: Profile | undefined, remembers: boolean): Clocks & { longest: Millis } {
  const { sessionLifetime, maxSessionDuration, absoluteTimeout, idleTimeout } = options
  const idle = duration('idleTimeout', idleTimeout, profile?.idle ?? DEFAULTS.idleTimeout)
  // A token that was used just before it could be renewed lasts one idle time longer, so that nobody active loses it.
  const ownLifetime = profile === undefined ? DEFAULTS.sessionLifetime : profile.rotation + idle
  const lifetime = duration('sessionLifetime', sessionLifetime, ownLifetime)
  const ownDuration = profile === undefined ? Math.max(DEFAULTS.maxSessionDuration, lifetime) : profile.absolute
  const longestOrdinary = duration('maxSessionDuration', maxSessionDuration, ownDuration)
  const ownAbsolute =
    profile === undefined
      ? Math.max(DEFAULTS.absoluteTimeout, longestOrdinary)
      : Math.max((remembers ? profile.remembered : undefined) ?? profile.absolute, maxSessionDuration === undefined ? 0 : longestOrdinary)
  const longest = duration('absoluteTimeout', absoluteTimeout, ownAbsolute)
  if (sessionLifetime !== undefined && absoluteTimeout !== undefined) checkOrder('sessionLifetime', lifetime, 'absoluteTimeout', longest)
  if (sessionLifetime !== undefined && maxSessionDuration !== undefined)
    checkOrder('sessionLifetime', lifetime, 'maxSessionDuration', longestOrdinary)
  if (maxSessionDuration !== undefined && absoluteTimeout !== undefined)
    checkOrder('maxSessionDuration', longestOrdinary, 'absoluteTimeout', longest)
  if (idleTimeout !== undefined && absoluteTimeout !== undefined) checkOrder('idleTimeout', idle, 'absoluteTimeout', longest)
  // A profile counts the life of an ordinary session from the authentication on, also where remembered ones may live longer.
  const absolute = profile !== undefined && remembers ? Math.min(longest, Math.max(profile.absolute, longestOrdinary)) : longest
  return { idle, lifetime, duration: longestOrdinary, absolute, longest }
}

function rememberedClocks(options: SessionManagerOptions, longest: Millis): Clocks {
  const { rememberMe } = options
  const lifetime = duration('rememberMe.lifetime', rememberMe?.lifetime, longest)
  const idle = duration('rememberMe.idleTimeout', rememberMe?.idleTimeout, lifetime)
  if (rememberMe?.lifetime !== undefined) checkOrder('rememberMe.lifetime', lifetime, 'absoluteTimeout', longest)
  if (rememberMe?.idleTimeout !== undefined) checkOrder('rememberMe.idleTimeout', idle, 'rememberMe.lifetime', lifetime)
  return { idle, lifetime, duration: longest, absolute: longest }
}

/** How tokens are renewed in a session with these clocks. `usual` is the threshold that holds where nobody says anything. */
function renewalLimits(
  { renewal }: SessionManagerOptions,
  profile: Profile | undefined,
  { lifetime, absolute }: Clocks,
  usual: Millis,
): Pick<Limits, 'threshold' | 'maxRenewals' | 'grace'> {
  const own = profile === undefined ? usual : Math.max(lifetime - profile.rotation, 0)
  const threshold = duration('renewal.threshold', renewal?.threshold, own)
  const rotations = profile === undefined ? DEFAULTS.maxRenewals : Math.ceil(absolute / Math.max(1, lifetime - threshold))
  return {
    threshold,
    maxRenewals: count('renewal.maxRenewals', renewal?.maxRenewals, Math.min(rotations, MAX_RENEWALS), 0, MAX_RENEWALS),
    grace: duration('renewal.gracePeriod', renewal?.gracePeriod, profile?.grace ?? DEFAULTS.gracePeriod, 0),
  }
}

/** The limits of ordinary and of remembered sessions: as given, else as the profile has them, else as they always are. */
export function resolveLimits(
  options: SessionManagerOptions,
  profile: Profile | undefined,
  remembers: boolean,
): { readonly ordinary: Limits; readonly remembered: Limits } {
  const { longest, ...clocks } = ordinaryClocks(options, profile, remembers)
  const elevation = duration('elevation.duration', options.elevation?.duration, profile?.elevation ?? DEFAULTS.elevation)
  const common = {
    maxSessions: count(
      'maxConcurrentSessions',
      options.maxConcurrentSessions,
      profile?.maxSessions ?? DEFAULTS.maxConcurrentSessions,
      1,
      MAX_SESSIONS_PER_USER,
    ),
    elevation,
    longestElevation: profile === undefined ? Number.POSITIVE_INFINITY : elevation,
    reauthAfter: duration('requireReauthAfter', options.requireReauthAfter, Number.POSITIVE_INFINITY),
  }
  const usual = Math.min(DEFAULTS.threshold, clocks.lifetime)
  const ordinary = Object.freeze({ ...clocks, ...renewalLimits(options, profile, clocks, usual), ...common })
  if (options.renewal?.threshold !== undefined && options.sessionLifetime !== undefined)
    checkOrder('renewal.threshold', ordinary.threshold, 'sessionLifetime', ordinary.lifetime)
  if (!remembers) return { ordinary, remembered: ordinary }
  const longer = rememberedClocks(options, longest)
  return { ordinary, remembered: Object.freeze({ ...longer, ...renewalLimits(options, profile, longer, usual), ...common }) }
}
