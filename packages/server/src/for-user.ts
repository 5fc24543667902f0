import { isSessionError, publicReason, SessionError } from 'sojourn'

/**
 * The refusal as it is told to whoever presented the token: why a session ended in one of four words (TRM-14). The full reason
 * would tell the holder of a stolen token what was noticed.
 */
export function forUser(error: unknown): unknown {
  if (!isSessionError(error)) return error
  const { code, reason, expired, renewable } = error
  if (code === 'SESSION_EXPIRED') {
    const details = { ...(expired === undefined ? {} : { expired }), ...(renewable === undefined ? {} : { renewable }) }
    return new SessionError(code, error.message, { ...details, reason: 'expired', cause: error })
  }
  if (reason === undefined || (code !== 'SESSION_REVOKED' && code !== 'TOKEN_REUSED')) return error
  const coarse = publicReason(reason)
  return new SessionError(code, `This session was ended (${coarse}). Log in again.`, { reason: coarse, cause: error })
}
