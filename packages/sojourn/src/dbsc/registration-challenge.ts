import type { Millis } from '../clock.js'
import { equal, type Key, mac } from '../crypto/hash.js'

/** DBS-4. A browser answers within a second, or makes its key in the safe hardware of a slow machine. */
export const REGISTRATION_TTL: Millis = 5 * 60_000
const FORM = /^([0-9a-z]{1,11})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

const markOf = (key: Key, rowId: string, until: string, nonce: string, authorization: string | undefined): string =>
  mac(key, 'dbsc/registration', rowId, until, nonce, authorization === undefined ? '-' : `+${authorization}`)

/**
 * The challenge of a registration: good for one session, for five minutes, and with one `authorization`. Kept nowhere. That it
 * counts once follows from what it leads to: a session is bound once and for all.
 */
export function registrationChallenge(key: Key, rowId: string, nonce: string, now: Millis, authorization?: string): string {
  const until = (now + REGISTRATION_TTL).toString(36)
  return `${until}.${nonce}.${markOf(key, rowId, until, nonce, authorization)}`
}

export function isRegistrationChallenge(key: Key, rowId: string, text: unknown, now: Millis, authorization: unknown): boolean {
  const [, until, nonce, mark] = (typeof text === 'string' ? FORM.exec(text) : undefined) ?? []
  if (until === undefined || nonce === undefined || mark === undefined) return false
  if (authorization !== undefined && typeof authorization !== 'string') return false
  return equal(markOf(key, rowId, until, nonce, authorization), mark) && now < Number.parseInt(until, 36)
}
