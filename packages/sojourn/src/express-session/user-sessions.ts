import { SessionError } from '../errors.js'
import type { SessionContext } from '../session.js'
import type { Sessions } from '../sessions.js'
import type { Binding } from './records.js'

/** Whose a session of the application is. */
export type UserOf = (session: Readonly<Record<string, unknown>>) => string | number | undefined | null

/** What became of the session of a manager that goes with a session of the application. */
export type Verdict = { readonly kind: 'good'; readonly binding: Binding } | { readonly kind: 'over' | 'refused' }

/** The sessions of a manager, one for each session of the application in which somebody is logged in. */
export interface UserSessions {
  userOf(session: Readonly<Record<string, unknown>>): string | undefined
  issue(user: string, context: SessionContext): Promise<Binding>
  check(binding: Binding, context: SessionContext): Promise<Verdict>
  end(binding: Binding): Promise<void>
}

/** Refusals of this request: the session itself goes on. */
const PASSING = new Set(['CONTEXT_MISMATCH', 'REAUTHENTICATION_REQUIRED', 'PERMISSION_DENIED'])
/** Nothing is known then. */
const UNKNOWN = new Set(['STORE_UNAVAILABLE', 'RATE_LIMITED'])

/** Where passport keeps what `serializeUser` made of the user. */
export const passportUser: UserOf = ({ passport }) => {
  const user = typeof passport === 'object' && passport !== null && 'user' in passport ? passport.user : undefined
  return typeof user === 'string' || typeof user === 'number' ? user : undefined
}

export function userSessions(sessions: Sessions | Promise<Sessions>, userOf: UserOf): UserSessions {
  return Object.freeze<UserSessions>({
    userOf(session) {
      const user = userOf(session)
      return user === undefined || user === null ? undefined : String(user)
    },
    async issue(user, context) {
      const manager = await sessions
      const { token, refreshToken, id } = await manager.createSession(user, context)
      if (refreshToken === undefined) return { user, token }
      await manager.terminateSession(id)
      throw new SessionError('CONFIG_INVALID', 'sessions: the cookie of express-session takes a manager without refreshToken.', {
        path: 'sessions',
      })
    },
    async check(binding, context) {
      const found = await (await sessions).validateSession(binding.token, context)
      if (found.isValid)
        return { kind: 'good', binding: found.renewed === undefined ? binding : { ...binding, token: found.renewed.token } }
      const { error } = found
      if (UNKNOWN.has(error.code)) throw error
      return { kind: PASSING.has(error.code) ? 'refused' : 'over' }
    },
    async end({ token }) {
      await (await sessions).terminateSession(token, { reason: 'logout' })
    },
  })
}
