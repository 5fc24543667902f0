import { isSessionError, policyDocument } from 'sojourn'
import type { ServiceSettings } from '../settings.js'
import { ROLES } from './keys/roles.js'
import type { ConfigProblem } from './problem.js'
import { shownValue } from './shown-value.js'
import type { ConfigEntry } from './yaml.js'

const POLICIES = 'session_manager.security.session_policies'

/** What the library calls its options, and where they stand in YAML. */
const PATHS: Readonly<Record<string, string>> = Object.freeze({
  idleTimeout: `${POLICIES}.idle_timeout`,
  sessionLifetime: 'session_manager.token_generation.expiration_time',
  maxSessionDuration: `${POLICIES}.max_session_duration`,
  absoluteTimeout: `${POLICIES}.absolute_timeout`,
  maxConcurrentSessions: `${POLICIES}.max_concurrent_sessions`,
  'rememberMe.enabled': 'session_manager.remember_me.enabled',
  'rememberMe.lifetime': 'session_manager.remember_me.lifetime',
  'rememberMe.idleTimeout': 'session_manager.remember_me.idle_timeout',
  'renewal.auto': 'session_manager.renewal.auto_renewal',
  'renewal.threshold': 'session_manager.renewal.renewal_threshold',
  'renewal.gracePeriod': 'session_manager.renewal.renewal_grace_period',
  'elevation.duration': 'session_manager.elevation.duration',
})

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

function pathOf(option: string): string {
  if (!option.startsWith('roles.')) return PATHS[option] ?? option
  const dot = option.lastIndexOf('.')
  return `${ROLES}${option.slice('roles'.length, dot)}.${snake(option.slice(dot + 1))}`
}

/** What is wrong with limits that are right one by one: looser than their profile, or a role that would loosen them. */
export function policyProblems(entries: readonly ConfigEntry[], settings: ServiceSettings): readonly ConfigProblem[] {
  try {
    policyDocument(settings.sessions)
    return []
  } catch (fault) {
    if (!isSessionError(fault) || fault.code !== 'CONFIG_INVALID' || fault.path === undefined) throw fault
    const path = pathOf(fault.path)
    const entry = entries.find((one) => one.path === path)
    const allowed = fault.message.slice(fault.message.indexOf('; ') + 2)
    const found = entry === undefined ? 'a value that follows from others' : shownValue(entry.value, entry.isFilled)
    return [{ path, ...(entry === undefined ? {} : { where: entry.where }), found, allowed }]
  }
}
