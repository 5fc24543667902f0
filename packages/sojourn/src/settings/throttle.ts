import type { ThrottleOptions } from '../config.js'
import { DEFAULTS } from './defaults.js'
import { count, flag } from './read.js'

export interface ThrottleSettings {
  readonly enabled: boolean
  readonly perSource: number
  readonly overall: number
}

/** No machine judges more tokens in a minute, so a larger number means that nothing is to be counted. */
const MAX_PER_MINUTE = 1_000_000_000

export function resolveThrottle(options: ThrottleOptions | undefined): ThrottleSettings {
  return Object.freeze({
    enabled: flag('throttle.enabled', options?.enabled, true),
    perSource: count('throttle.invalidPerMinute', options?.invalidPerMinute, DEFAULTS.invalidPerMinute, 1, MAX_PER_MINUTE),
    overall: count('throttle.globalPerMinute', options?.globalPerMinute, DEFAULTS.globalPerMinute, 1, MAX_PER_MINUTE),
  })
}
