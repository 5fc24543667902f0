import { type Clock, type Millis, systemClock } from './clock.js'
import { SessionError } from './errors.js'
import type { Session } from './sessions.js'

export interface RecentAuthRequirement {
  /** Milliseconds since the user last proved who they are. */
  readonly maxAge: Millis
  /** Classes of login of which one will do (`acr` of OpenID Connect). @default any */
  readonly acr?: string | readonly string[]
  /** Methods that must all have been used (RFC 8176), for example `['otp']`. @default none */
  readonly amr?: readonly string[]
}

function required(message: string, { maxAge }: RecentAuthRequirement, acrValues: readonly string[]): SessionError {
  const details = { maxAge: Math.floor(maxAge / 1_000), ...(acrValues.length === 0 ? {} : { acrValues }) }
  return new SessionError('REAUTHENTICATION_REQUIRED', message, details)
}

/**
 * Demands a login that is recent, and strong enough, before something that a stolen session must not be able to do. Throws
 * `REAUTHENTICATION_REQUIRED` with `maxAge` (seconds) and `acrValues`, which make the challenge of RFC 9470; then call
 * `reauthenticateSession` and try again.
 */
export function requireRecentAuth(
  session: Pick<Session, 'authTime' | 'acr' | 'amr' | 'kind'>,
  requirement: RecentAuthRequirement,
  clock: Pick<Clock, 'now'> = systemClock,
): void {
  const { maxAge, acr, amr = [] } = requirement
  if (!Number.isFinite(maxAge) || maxAge < 0)
    throw new SessionError('INVALID_ARGUMENT', 'maxAge: it must be a number of milliseconds.', { path: 'maxAge' })
  const classes = acr === undefined ? [] : typeof acr === 'string' ? [acr] : acr
  if (session.kind !== 'user') throw required('This login is not complete. Complete it, or log in again.', requirement, classes)
  if (clock.now() - session.authTime.getTime() > maxAge)
    throw required('This needs a login that is more recent. Authenticate again.', requirement, classes)
  if (acr !== undefined && (session.acr === undefined || !classes.includes(session.acr)))
    throw required('This needs a stronger login. Authenticate again, in one of the ways that are asked for.', requirement, classes)
  if (!amr.every((method) => session.amr?.includes(method) === true))
    throw required('This needs a login with a further factor. Authenticate again with it.', requirement, classes)
}
