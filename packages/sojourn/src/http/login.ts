import { SessionError } from '../errors.js'
import type { SessionContext } from '../session.js'
import type { CreateOptions } from '../sessions.js'
import type { Transport } from './credentials.js'
import { demandOwnPage } from './own-page.js'
import { clearCookies, contextOf, type HandedSession, hand, type Visit } from './visit.js'

export interface LoginOptions extends Omit<CreateOptions, 'replaces'> {
  /** How the client is given its token: as the cookie, or in the returned session, for an app that sends it as a bearer token. @default 'cookie', or 'bearer' where nothing else is accepted */
  readonly transport?: Transport
  /** More about where the login comes from, for example `deviceId`. Address and user agent are taken from the request. */
  readonly context?: SessionContext
}

/**
 * Whether what was presented never was a token of ours, so that there is no session to end. A public id is none either: it
 * must not end the session of somebody else.
 */
export function namesNoSession({ refusal }: Visit): boolean {
  return refusal?.code === 'TOKEN_MALFORMED' || refusal?.code === 'TOKEN_INVALID'
}

/**
 * Starts a session for a person whose identity was just proved. Its token is always a new one, and the session that the
 * request came with ends, whosever it was (CVE-2022-25896, CVE-2023-29019).
 */
export async function login(visit: Visit, userId: string | null, options: LoginOptions = {}): Promise<HandedSession> {
  const { http, presented } = visit
  const { transport = http.accept === 'bearer' ? 'bearer' : 'cookie', context, ...wanted } = options
  if (transport === 'cookie') await demandOwnPage(visit)
  demandOpenHead(visit, transport)
  const replaced = presented === undefined || namesNoSession(visit) ? {} : { replaces: presented.token }
  const issued = await http.sessions.createSession(userId, { ...contextOf(visit), ...context }, { ...wanted, ...replaced })
  try {
    const handed = hand(visit, issued, transport)
    if (transport === 'cookie' && issued.kind === 'user' && http.deviceBound !== undefined)
      visit.registration = http.deviceBound.registration(issued)
    // A browser that turns into a bearer client keeps no cookie of the session that has just ended.
    if (presented?.transport === 'cookie' && transport === 'bearer') clearCookies(visit)
    return handed
  } catch (fault) {
    // Nobody was given its token.
    await http.sessions.terminateSession(issued.id, { reason: 'undelivered' })
    throw fault
  }
}

/** A cookie cannot be set any more once the head of the answer is on its way. */
export function demandOpenHead({ incoming }: Visit, transport: Transport): void {
  if (transport === 'bearer' || incoming.isHeadOpen()) return
  throw new SessionError(
    'CONFIG_INVALID',
    'The head of the answer has been sent, so the cookie cannot be set. Log in or out, or renew, before answering.',
  )
}
