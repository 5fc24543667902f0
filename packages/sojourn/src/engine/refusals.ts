import { SessionError } from '../errors.js'
import type { Expired } from '../policy/expiry.js'
import type { Stage } from './record.js'

interface Refusals {
  readonly malformed: () => SessionError
  readonly foreign: () => SessionError
  readonly notFound: () => SessionError
  readonly ended: (reason: string) => SessionError
  readonly mismatch: () => SessionError
  readonly reused: () => SessionError
  readonly superseded: () => SessionError
  readonly over: () => SessionError
  readonly notForUse: () => SessionError
  readonly notForRenewal: () => SessionError
  readonly exhausted: () => SessionError
  readonly early: (seconds: number) => SessionError
  readonly reauthenticate: () => SessionError
  readonly challenged: () => SessionError
  readonly tooOld: () => SessionError
  readonly stale: () => SessionError
  readonly guessing: (seconds: number) => SessionError
  readonly replaced: () => SessionError
  readonly unfinishedLogin: (stage: Stage) => SessionError
  readonly barred: (reason: string) => SessionError
  readonly otherTenant: () => SessionError
  readonly notGranted: () => SessionError
  readonly tooManyVisitors: (seconds: number) => SessionError
  readonly limit: (most: number) => SessionError
  readonly expired: (expired: Expired) => SessionError
}

/** The refusals of a token, with what to do next. */
export const refusals: Refusals = Object.freeze({
  malformed: (): SessionError =>
    new SessionError(
      'TOKEN_MALFORMED',
      'This is not a session token: it has the wrong length or characters. Send the token exactly as it was issued, or log in.',
    ),
  foreign: (): SessionError => new SessionError('TOKEN_INVALID', 'This token was not issued here. Log in to get one.'),
  notFound: (): SessionError => new SessionError('SESSION_NOT_FOUND', 'There is no such session any more. Log in again.'),
  ended: (reason: string): SessionError =>
    new SessionError('SESSION_REVOKED', `This session was ended (${reason}). Log in again.`, { reason }),
  mismatch: (): SessionError =>
    new SessionError('CONTEXT_MISMATCH', 'This session was opened with another browser or device. Log in again on this one.'),
  reused: (): SessionError =>
    new SessionError(
      'TOKEN_REUSED',
      'This token was replaced long ago; somebody may have copied it. The session was ended; log in again.',
      {
        reason: 'security.reuse',
      },
    ),
  superseded: (): SessionError =>
    new SessionError('SESSION_EXPIRED', 'This token has been replaced. Renew it to get its successor.', {
      expired: 'lifetime',
      renewable: true,
    }),
  over: (): SessionError =>
    new SessionError('SESSION_EXPIRED', 'This access token is over. Renew the session with its refresh token to get the next one.', {
      expired: 'lifetime',
      renewable: true,
    }),
  notForUse: (): SessionError =>
    new SessionError('TOKEN_INVALID', 'This is a refresh token, which only renews its session. Send the access token, or renew.'),
  notForRenewal: (): SessionError =>
    new SessionError('TOKEN_INVALID', 'This is an access token, which renews nothing. Renew with the refresh token.'),
  exhausted: (): SessionError =>
    new SessionError('RENEWAL_LIMIT_REACHED', 'This session was renewed as often as is allowed. Log in again.'),
  early: (seconds: number): SessionError =>
    new SessionError('RENEWAL_TOO_EARLY', `This session has too much life left to be renewed. Try again in ${seconds} seconds.`, {
      retryAfter: seconds,
    }),
  reauthenticate: (): SessionError =>
    new SessionError('REAUTHENTICATION_REQUIRED', 'This user was logged out everywhere after this login began. Log in again.'),
  challenged: (): SessionError =>
    new SessionError(
      'REAUTHENTICATION_REQUIRED',
      'This session was used in a way that may not be its own user. Authenticate the user again; until then it opens nothing.',
    ),
  tooOld: (): SessionError =>
    new SessionError(
      'REAUTHENTICATION_REQUIRED',
      'This login was authenticated so long ago that its session would be over already. Log in again.',
    ),
  stale: (): SessionError =>
    new SessionError('REAUTHENTICATION_REQUIRED', 'It is too long ago that this user proved who they are. Log in again to go on.'),
  guessing: (seconds: number): SessionError =>
    new SessionError('RATE_LIMITED', `Too many tokens that are not good came from this address. Try again in ${seconds} seconds.`, {
      retryAfter: seconds,
    }),
  replaced: (): SessionError =>
    new SessionError(
      'REAUTHENTICATION_REQUIRED',
      'This token was replaced when the rights of its session changed. Use the new one, or log in again.',
      { reason: 'replaced' },
    ),
  unfinishedLogin: (stage: Stage): SessionError =>
    stage === 'pending'
      ? new SessionError('REAUTHENTICATION_REQUIRED', 'The second factor of this login is missing. Ask for it, or log in again.', {
          reason: 'second-factor',
        })
      : new SessionError('REAUTHENTICATION_REQUIRED', 'Nobody has logged in to this session. Log in to get one of your own.', {
          reason: 'anonymous',
        }),
  barred: (reason: string): SessionError =>
    new SessionError('PERMISSION_DENIED', 'This account is disabled, so nobody can log in to it. Enable it first.', { reason }),
  otherTenant: (): SessionError =>
    new SessionError('PERMISSION_DENIED', 'Sessions can be made for one tenant only here. Leave the tenant out, or name that one.'),
  notGranted: (): SessionError =>
    new SessionError('PERMISSION_DENIED', 'This grant does not allow this operation, or not any more. Ask the user to agree again.'),
  tooManyVisitors: (seconds: number): SessionError =>
    new SessionError('RATE_LIMITED', `Too many anonymous sessions were begun from this address. Try again in ${seconds} seconds.`, {
      retryAfter: seconds,
    }),
  limit: (most: number): SessionError =>
    new SessionError('SESSION_LIMIT_REACHED', `This user has ${most} sessions already. End one of them first.`),
  expired: ({ expired, renewable }: Expired): SessionError => {
    const why = {
      idle: 'was not used for too long',
      lifetime: 'has come to the end of its life',
      absolute: 'has reached its longest life',
    }[expired]
    return new SessionError('SESSION_EXPIRED', `This session ${why}. ${renewable ? 'Renew it now, or log in again.' : 'Log in again.'}`, {
      expired,
      renewable,
    })
  },
})
