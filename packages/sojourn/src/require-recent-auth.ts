import { type Clock, type Millis, systemClock } from './clock.js'
import { parseDuration } from './duration.js'
import { SessionError } from './errors.js'
import type { Session } from './session.js'

export interface RecentAuthRequirement {
  /** Milliseconds or `5m`: how long ago the user may have proved who they are. @default '5m' */
  readonly maxAge?: Millis | string
  /** Classes of login of which one will do (`acr` of OpenID Connect, RFC 9470). @default any */
  readonly acr?: string | readonly string[]
  /** Methods that must all have been used (RFC 8176), for example `['otp']`. @default none */
  readonly amr?: readonly string[]
}

const USUAL_AGE: Millis = 300_000

function required(message: string, maxAge: Millis, acrValues: readonly string[]): SessionError {
  const details = { maxAge: Math.floor(maxAge / 1_000), ...(acrValues.length === 0 ? {} : { acrValues }) }
  return new SessionError('REAUTHENTICATION_REQUIRED', message, details)
}

/**
 * Demands a login that is recent, and strong enough, before something that a stolen session must not be able to do. Throws
 * `REAUTHENTICATION_REQUIRED` with `maxAge` (seconds) and `acrValues`, which make the challenge of RFC 9470; then call
 * `reauthenticateSession` and try again. `INVALID_ARGUMENT` for a `maxAge` that is no length of time.
 */
export function requireRecentAuth(
  session: Pick<Session, 'authTime' | 'acr' | 'amr' | 'kind'>,
  requirement: RecentAuthRequirement = {},
  clock: Pick<Clock, 'now'> = systemClock,
): void {
  const { acr, amr = [] } = requirement
  const maxAge = requirement.maxAge === undefined ? USUAL_AGE : parseDuration(requirement.maxAge)
  if (maxAge === undefined)
    throw new SessionError('INVALID_ARGUMENT', 'maxAge: it must be milliseconds, or a text such as 5m.', { path: 'maxAge' })
  const classes = acr === undefined ? [] : typeof acr === 'string' ? [acr] : acr
  if (session.kind !== 'user') throw required('This login is not complete. Complete it, or log in again.', maxAge, classes)
  if (clock.now() - session.authTime.getTime() > maxAge)
    throw required('This needs a login that is more recent. Authenticate again.', maxAge, classes)
  if (classes.length > 0 && (session.acr === undefined || !classes.includes(session.acr)))
    throw required('This needs a stronger login. Authenticate again, in one of the ways that are asked for.', maxAge, classes)
  if (!amr.every((method) => session.amr?.includes(method) === true))
    throw required('This needs a login with a further factor. Authenticate again with it.', maxAge, classes)
}
