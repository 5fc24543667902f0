import { parseDuration } from 'sojourn'
import type { ServiceSettings } from '../settings.js'
import { type Given, problemAt } from './given.js'
import type { ConfigProblem } from './problem.js'
import { tokenConflicts } from './token-conflicts.js'
import type { ConfigEntry } from './yaml.js'

const POLICIES = 'session_manager.security.session_policies'

/** Pairs of times of which the first can never take effect if it is longer than the second. */
const SHORTER_FIRST: ReadonlyArray<readonly [shorter: string, longer: string]> = [
  ['session_manager.token_generation.expiration_time', `${POLICIES}.max_session_duration`],
  ['session_manager.token_generation.expiration_time', `${POLICIES}.absolute_timeout`],
  [`${POLICIES}.max_session_duration`, `${POLICIES}.absolute_timeout`],
  [`${POLICIES}.idle_timeout`, `${POLICIES}.absolute_timeout`],
  ['session_manager.renewal.renewal_threshold', 'session_manager.token_generation.expiration_time'],
  ['session_manager.remember_me.lifetime', `${POLICIES}.absolute_timeout`],
  ['session_manager.remember_me.idle_timeout', 'session_manager.remember_me.lifetime'],
]

/** What is wrong with values that are right one by one. */
export function conflicts(entries: readonly ConfigEntry[], settings: ServiceSettings): readonly ConfigProblem[] {
  const given = new Map(entries.map((entry) => [entry.path, entry]))
  return [
    ...timeConflicts(given),
    ...rotationConflicts(given),
    ...monitoringConflicts(given),
    ...scoreConflicts(given),
    ...transportConflicts(given, settings),
    ...proofConflicts(given),
    ...tokenConflicts(given),
  ]
}

function timeConflicts(given: Given): ConfigProblem[] {
  return SHORTER_FIRST.flatMap(([shorter, longer]) => {
    const [entry, other] = [given.get(shorter), given.get(longer)]
    const [first, second] = [parseDuration(entry?.value), parseDuration(other?.value)]
    if (entry === undefined || other === undefined || first === undefined || second === undefined || first <= second) return []
    return [
      {
        path: shorter,
        where: entry.where,
        found: String(entry.value),
        allowed: `allowed is at most ${longer} (${String(other.value)}), which comes first.`,
      },
    ]
  })
}

function rotationConflicts(given: Given): ConfigProblem[] {
  const rotation = given.get('session_manager.security.encryption.key_rotation')
  const cleanup = given.get('session_manager.cleanup.interval')
  if (rotation === undefined || rotation.value === null || parseDuration(cleanup?.value) !== 0) return []
  return [problemAt(rotation, 'keys are rotated by the housekeeping, which cleanup.interval 0 takes away; give that an interval.')]
}

/** Below it the key itself is refused. */
const LEAST_CHALLENGE = 60_000

function proofConflicts(given: Given): ConfigProblem[] {
  const dpop = given.get('session_manager.dpop.enabled')
  const short = given.get('session_manager.device_bound.cookie_max_age')
  const long = given.get('session_manager.device_bound.challenge_ttl')
  const [first, second] = [parseDuration(short?.value), parseDuration(long?.value)]
  return [
    ...(dpop?.value === true && !given.has('session_manager.dpop.public_urls')
      ? [problemAt(dpop, 'a proof names the address it was made for; give dpop.public_urls the origins under which clients reach you.')]
      : []),
    ...(long !== undefined && second !== undefined && second >= LEAST_CHALLENGE && second <= (first ?? 10 * 60_000)
      ? [problemAt(long, 'a challenge must outlive the cookie that it came with; make it longer than device_bound.cookie_max_age (10m).')]
      : []),
  ]
}

function monitoringConflicts(given: Given): ConfigProblem[] {
  const metrics = given.get('session_manager.monitoring.metrics_collection')
  const times = given.get('session_manager.monitoring.performance_monitoring')
  if (metrics?.value !== false || times?.value !== true) return []
  return [
    {
      path: times.path,
      where: times.where,
      found: 'true',
      allowed: 'times are shown at /metrics, which metrics_collection: false takes away; write false, or collect metrics.',
    },
  ]
}

/** What the library takes where nothing is said. */
const STEP_UP = 60

function scoreConflicts(given: Given): ConfigProblem[] {
  const [stepUp, terminate] = ['step_up', 'terminate'].map((name) => given.get(`session_manager.risk.thresholds.${name}`))
  const least = typeof stepUp?.value === 'number' ? stepUp.value : STEP_UP
  // What is no score at all is reported where it stands.
  if (!Number.isInteger(terminate?.value) || Number(terminate?.value) < 1 || Number(terminate?.value) >= least) return []
  return terminate === undefined ? [] : [problemAt(terminate, `allowed is at least session_manager.risk.thresholds.step_up (${least}).`)]
}

function transportConflicts(given: Given, { cookie, host, publicUrl }: ServiceSettings): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const problem = (path: string, found: string, allowed: string): void => {
    const where = given.get(path)?.where
    problems.push({ path, ...(where === undefined ? {} : { where }), found, allowed })
  }
  if (publicUrl?.startsWith('http:') === true && !isLoopback(new URL(publicUrl).hostname)) {
    problem(
      'service.public_url',
      'an address without encryption',
      'allowed is https, or http to this host: over http anybody on the way can take the cookie.',
    )
  }
  if (!cookie.secure) {
    if (!isLoopback(host))
      problem('service.cookie.secure', 'false', `allowed is true only, since the service listens on ${host} and not only on this host.`)
    if (publicUrl?.startsWith('https:') === true)
      problem('service.cookie.secure', 'false', 'allowed is true only, since public_url is https.')
    if (cookie.sameSite === 'None')
      problem('service.cookie.same_site', '"none"', 'allowed are "lax" and "strict": browsers take none only of secure cookies.')
  }
  return problems
}

/** Whether nobody but this host can be at this address. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host) || /^(?:.+\.)?localhost$/.test(host)
}
