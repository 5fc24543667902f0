import type { Millis } from '../clock.js'
import type { Settings } from '../settings.js'
import { type LifeFacts, lastUse } from './lifetime.js'
import { type LimitFacts, limitsOf } from './role-limits.js'

/** One of the sessions of a user that share a limit. */
export interface Contender {
  readonly id: string
  readonly record: LimitFacts & { readonly createdAt: Millis; readonly lastActivity: Millis }
}

/**
 * Logins of one user that race each other differ in time by less. Sessions that young are in the order of their creation
 * for everybody, used or not, so that racers agree on who stays and no login ends itself.
 */
const RACE_WINDOW: Millis = 10_000

/** Whether a session counts for the limit of its user: only one that can be used, or renewed into use. */
export function counts(settings: Settings, record: LifeFacts, now: Millis): boolean {
  return now < lastUse(settings, record)
}

/** The most sessions that a user can have who has these: the strictest limit of them all. */
export function mostSessions(settings: Settings, records: readonly LimitFacts[]): number {
  return records.reduce((most, record) => Math.min(most, limitsOf(settings, record).maxSessions), settings.maxConcurrentSessions)
}

/** Up to so many sessions nobody can be above a limit, whatever their roles are. */
export function leastLimit(settings: Settings): number {
  let least = settings.maxConcurrentSessions
  for (const { maxSessions = least } of settings.roles.values()) least = Math.min(least, maxSessions)
  return least
}

/**
 * The sessions that have to end. `sessions` are oldest first. Those that stay are chosen from the newest (or last used) on,
 * each as long as neither its own limit nor that of those chosen before is passed.
 */
export function surplus<Session extends Contender>(settings: Settings, sessions: readonly Session[], now: Millis): readonly Session[] {
  const stay: Contender['record'][] = []
  const inOrder = settings.onSessionLimit === 'evict-idle' ? byLastUse(sessions, now) : sessions
  return [...inOrder].reverse().filter(({ record }) => {
    const fits = stay.length < mostSessions(settings, [...stay, record])
    if (fits) stay.push(record)
    return !fits
  })
}

function byLastUse<Session extends Contender>(sessions: readonly Session[], now: Millis): readonly Session[] {
  const isYoung = ({ record }: Session): boolean => record.createdAt > now - RACE_WINDOW
  const settled = sessions.filter((session) => !isYoung(session))
  // The sort is stable: what was used at the same instant stays in the order of creation.
  return [...settled.sort((a, b) => a.record.lastActivity - b.record.lastActivity), ...sessions.filter(isYoung)]
}
