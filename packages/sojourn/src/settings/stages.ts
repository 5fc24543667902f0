import type { Millis } from '../clock.js'
import type { SessionManagerOptions } from '../config.js'
import { parseDuration } from '../duration.js'
import { SessionError } from '../errors.js'
import type { Limits } from './limits.js'

/** Limits of what is less than a session of a user. */
export interface StageSettings {
  readonly stages: { readonly pending: Limits; readonly anonymous: Limits }
  /** Anonymous sessions that one source can begin in a minute. */
  readonly anonymousPerMinute: number
}

/** Long enough to fetch a telephone; a login that waits longer is given up. */
const PENDING_LIFETIME: Millis = 600_000
const ANONYMOUS_IDLE: Millis = 7_200_000
const ANONYMOUS_PER_MINUTE = 20
/** Beyond this the cap protects nothing. */
const MOST_PER_MINUTE = 1_000_000

function refuse(path: string, allowed: string): never {
  throw new SessionError('CONFIG_INVALID', `${path}: ${allowed}`, { path })
}

function duration(path: string, value: unknown, fallback: Millis, most: Millis): Millis {
  if (value === undefined) return Math.min(fallback, most)
  const millis = parseDuration(value)
  if (millis === undefined || millis < 1) refuse(path, 'it must be a length of time of at least 1 ms, for example "10m".')
  if (millis > most) refuse(path, `it can never take effect, because a session of a user lasts ${most} ms at most; make it shorter.`)
  return millis
}

/** The limits of pending and anonymous sessions. None of them can be renewed: their lifetime is their longest life. */
export function resolveStages(options: Pick<SessionManagerOptions, 'pendingLifetime' | 'anonymous'>, ordinary: Limits): StageSettings {
  const pending = duration('pendingLifetime', options.pendingLifetime, PENDING_LIFETIME, ordinary.duration)
  const idle = duration('anonymous.idleTimeout', options.anonymous?.idleTimeout, ANONYMOUS_IDLE, ordinary.duration)
  const perMinute = options.anonymous?.perMinute ?? ANONYMOUS_PER_MINUTE
  if (!Number.isInteger(perMinute) || perMinute < 1 || perMinute > MOST_PER_MINUTE)
    refuse('anonymous.perMinute', `it must be a whole number from 1 to ${MOST_PER_MINUTE}.`)
  const longest = ordinary.duration
  return {
    stages: {
      pending: { ...ordinary, idle: pending, lifetime: pending, duration: pending, absolute: pending },
      anonymous: { ...ordinary, idle, lifetime: longest, duration: longest, absolute: longest },
    },
    anonymousPerMinute: perMinute,
  }
}
