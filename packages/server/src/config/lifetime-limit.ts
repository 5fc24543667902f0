import { parseDuration } from 'sojourn'
import { type Given, problemAt } from './given.js'
import type { Patch } from './key.js'
import type { ConfigProblem } from './problem.js'

const TTL = 'session_manager.session_storage.ttl'
const LIFETIME = 'session_manager.token_generation.expiration_time'
const REMEMBERED = 'session_manager.remember_me.lifetime'
const REMEMBERED_IDLE = 'session_manager.remember_me.idle_timeout'
const LONGEST = 'session_manager.security.session_policies.max_session_duration'
const ABSOLUTE = 'session_manager.security.session_policies.absolute_timeout'

/** What the library takes for lives of which nobody says anything. */
const DEFAULT_LIFETIME = '8h'
const DEFAULT_ABSOLUTE = '7d'

/**
 * No record is kept longer than `ttl` without being renewed. A life that was asked for and is longer is refused, since the
 * session would be forgotten before its end; the life of remembered sessions, where nobody asked for one, is cut to it.
 */
export function lifetimeLimit(given: Given): { readonly patch: Patch; readonly problems: readonly ConfigProblem[] } {
  const entry = given.get(TTL)
  const ttl = parseDuration(entry?.value)
  if (entry === undefined || ttl === undefined) return { patch: {}, problems: [] }
  const asked: ReadonlyArray<readonly [path: string, value: unknown]> = [
    [LIFETIME, given.get(LIFETIME)?.value ?? DEFAULT_LIFETIME],
    [REMEMBERED, given.get(REMEMBERED)?.value],
    [REMEMBERED_IDLE, given.get(REMEMBERED_IDLE)?.value],
  ]
  const longer = asked.find(([, value]) => (parseDuration(value) ?? 0) > ttl)
  if (longer !== undefined) {
    const [path, value] = longer
    const allowed = `allowed is at least ${path} (${String(value)}): a session would be forgotten before its end. Make that shorter, or ttl longer.`
    return { patch: {}, problems: [problemAt(entry, allowed, String(entry.value))] }
  }
  const most =
    parseDuration(given.get(ABSOLUTE)?.value) ??
    Math.max(parseDuration(DEFAULT_ABSOLUTE) ?? 0, parseDuration(given.get(LONGEST)?.value) ?? 0)
  const isCut = given.get(REMEMBERED) === undefined && ttl < most
  return { patch: isCut ? { sessions: { rememberMe: { lifetime: ttl } } } : {}, problems: [] }
}
