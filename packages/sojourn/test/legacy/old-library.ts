import { sign } from 'cookie-signature'
import { expressSession } from '../../src/legacy/express-session.js'
import type { LegacyDetails } from '../../src/legacy/record-of.js'
import type { LegacySource } from '../../src/legacy/source.js'

export const SECRET = 'keyboard cat'

export interface OldSession {
  readonly user?: string | number
  readonly loggedInAt?: number
  readonly [key: string]: unknown
}

/** An application on express-session, with its store open to look at. */
export interface OldLibrary {
  readonly source: LegacySource
  /** The session ids that have a record. */
  readonly records: Map<string, OldSession>
  /** What was asked of the store, for example `get abc`. */
  readonly calls: string[]
  /** Called before each answer: to make it wait, or fail. */
  hold: ((call: string) => Promise<void>) | undefined
  /** Logs somebody in and answers the cookie's value. */
  logIn(sid: string, session: OldSession): string
}

const detailsOf = ({ loggedInAt, roles, permissions, rememberMe, user: _user, ...data }: OldSession): LegacyDetails => ({
  data,
  ...(loggedInAt === undefined ? {} : { createdAt: new Date(loggedInAt) }),
  ...(roles === undefined ? {} : { roles: roles as string[] }),
  ...(permissions === undefined ? {} : { permissions: permissions as string[] }),
  ...(rememberMe === undefined ? {} : { rememberMe: rememberMe as boolean }),
})

export function oldLibrary(name = 'express-session'): OldLibrary {
  const records = new Map<string, OldSession>()
  const calls: string[] = []
  const answer = (call: string, give: () => void, fail: (error: unknown) => void): void => {
    calls.push(call)
    void Promise.resolve()
      .then(() => old.hold?.(call))
      .then(give, fail)
  }
  const old: OldLibrary = {
    records,
    calls,
    hold: undefined,
    source: expressSession<OldSession>({
      name,
      secret: ['newest secret', SECRET],
      store: {
        // What is there when it is asked, however late the answer comes.
        get(sid, callback) {
          const session = records.get(sid) ?? null
          answer(`get ${sid}`, () => callback(null, session), callback)
        },
        destroy: (sid, callback) => answer(`destroy ${sid}`, () => callback(records.delete(sid) ? null : undefined), callback),
      },
      userIdOf: ({ user }) => user,
      detailsOf,
    }),
    logIn(sid, session) {
      records.set(sid, { cookie: { originalMaxAge: null, path: '/' }, ...session })
      return `s:${sign(sid, SECRET)}`
    },
  }
  return old
}
