import { isSessionError } from '../errors.js'
import type { SessionContext } from '../session.js'
import type { ReauthenticateOptions } from '../sessions.js'
import { noCredentials } from './guards.js'
import { demandOpenHead } from './login.js'
import { demandOwnPage } from './own-page.js'
import { contextOf, type HandedSession, hand, noteRefusal, type Visit } from './visit.js'

export interface ReauthenticateRequestOptions extends ReauthenticateOptions {
  /** More about where the proof comes from, for example `deviceId`. Address and user agent are taken from the request. */
  readonly context?: SessionContext
}

/**
 * Notes that the person of this session has just proved again who they are, and hands out the new token in the way in which
 * the old one came. Throws `CSRF_REJECTED` for what no page of ours sent, and the refusal where there is no session.
 */
export async function reauthenticate(visit: Visit, { context, ...options }: ReauthenticateRequestOptions = {}): Promise<HandedSession> {
  const { http, presented } = visit
  if (presented === undefined) throw noCredentials()
  if (presented.transport === 'cookie') await demandOwnPage(visit)
  demandOpenHead(visit, presented.transport)
  const now = { ...contextOf(visit), ...context }
  try {
    return hand(visit, await http.sessions.reauthenticateSession(presented.token, now, options), presented.transport)
  } catch (error) {
    if (isSessionError(error) && error.status === 401) noteRefusal(visit, error)
    throw error
  }
}
